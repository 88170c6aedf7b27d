package deepflow.server.ingester;

import deepflow.server.ingester.receive.ReceivedBatch;
import deepflow.wire.frame.MalformedFrameException;
import deepflow.wire.otlp.CheckedRequest;
import deepflow.wire.otlp.RequestCheck;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Batches of which no block can be made, or whose block the store can't take, each in a file, so
/// that those which come after them go on.
///
/// A file has the batch's requests, one after the other, which is one request in protobuf: a later
/// version takes it at `POST /v1/traces`. A file may be there of a batch that was stored after all,
/// when the process ended in between; its spans merge then.
///
/// Safe for use by many threads.
final class SetAside {
  private static final Logger LOG = LoggerFactory.getLogger(SetAside.class);

  /// Of all files together: beyond that something is wrong with more than a few batches.
  private static final long BYTES_MAX = 1L << 30;

  /// One after the other, without a block that had spans in between: with a third it isn't the
  /// batches that the store can't take.
  private static final int IN_A_ROW_MAX = 2;

  private final Path directory;
  private final Duration retry;
  private final AtomicInteger inARow = new AtomicInteger();

  /// @param directory made when it is needed
  /// @param retry how long to wait when it can't be written
  SetAside(Path directory, Duration retry) {
    this.directory = directory;
    this.retry = retry;
  }

  /// Keeps a batch. When this returns, the file is durable. Waits while it can't be written, or
  /// there is too much already: agents keep their data meanwhile.
  ///
  /// @return its spans
  int keep(ReceivedBatch batch) throws InterruptedException {
    while (true) {
      try {
        return write(batch);
      } catch (IOException e) {
        LOG.error(
            "batch {} of agent {} can't be set aside, again in {} ms",
            batch.number(),
            batch.session().agent(),
            retry.toMillis(),
            e);
        Thread.sleep(retry);
      }
    }
  }

  /// Whether one more may be set aside.
  boolean reserve() {
    return inARow.getAndUpdate(so -> Math.min(so + 1, IN_A_ROW_MAX)) < IN_A_ROW_MAX;
  }

  /// Spans were stored.
  void stored() {
    inARow.set(0);
  }

  private synchronized int write(ReceivedBatch batch) throws IOException {
    Files.createDirectories(directory);
    requireRoom(batch.content().bytes());
    Path file = directory.resolve("%s-%s.pb".formatted(batch.session().agent(), batch.number()));
    Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
    int spans;
    try (OutputStream out = Files.newOutputStream(unfinished)) {
      spans = write(batch.content(), out);
    }
    sync(unfinished, StandardOpenOption.WRITE);
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    sync(directory, StandardOpenOption.READ);
    LOG.error(
        "{} spans of batch {} of agent {} are set aside in {}: send the file to POST /v1/traces of a version that can store them",
        spans,
        batch.number(),
        batch.session().agent(),
        file);
    return spans;
  }

  private void requireRoom(int bytes) throws IOException {
    long taken = 0;
    for (Path file : files()) {
      taken += Files.size(file);
    }
    if (taken + bytes > BYTES_MAX) {
      throw new IOException(
          "%s has %s MiB of batches that were set aside, which is as much as there may be: move them elsewhere"
              .formatted(directory, taken >> 20));
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static int write(ReceivedBatch.Content content, OutputStream out) throws IOException {
    RequestCheck check = new RequestCheck();
    AtomicInteger spans = new AtomicInteger();
    try (BatchRequests requests = new BatchRequests()) {
      requests.<IOException>each(
          content,
          request -> {
            out.write(request.bytes(), request.offset(), request.length());
            spans.addAndGet(spans(check, request));
          });
    } catch (MalformedFrameException broken) {
      // What comes after that nobody can read, here or in a block.
      LOG.warn("a batch that is set aside is cut short: {}", broken.getMessage());
    }
    return spans.get();
  }

  private static int spans(RequestCheck check, BatchRequests.Request request) {
    return switch (check.check(
        request.bytes(), request.offset(), request.length(), /* hostIp= */ null)) {
      case CheckedRequest.Accepted accepted -> accepted.spans() + accepted.rejectedSpans();
      case CheckedRequest.Malformed _ -> 0;
    };
  }

  private static void sync(Path path, StandardOpenOption option) throws IOException {
    try (FileChannel channel = FileChannel.open(path, option)) {
      channel.force(true);
    }
  }
}
