package deepflow.wire.frame;

import static deepflow.wire.frame.Frames.remaining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class FrameReaderTest {
  private static final int LARGE_BYTES = 9 << 20;

  @RepeatedTest(200)
  void givesTheSameFramesHoweverTheStreamIsCut() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    List<byte[]> payloads = new ArrayList<>();
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int i = random.nextInt(20); i >= 0; i--) {
      // One in 64 is longer than the reader's memory, so that it must grow and shrink again.
      boolean large = random.nextInt(64) == 0;
      byte[] reason = new byte[random.nextInt(large ? LARGE_BYTES : 1 << random.nextInt(1, 18))];
      random.nextBytes(reason);
      payloads.add(reason);
      ByteBuffer header = ByteBuffer.allocate(FrameHeader.BYTES);
      FrameHeader.of(MessageType.REFUSAL).writeTo(header, reason.length);
      stream.writeBytes(header.array());
      stream.writeBytes(reason);
    }
    FrameReader reader = new FrameReader(new CutChannel(stream.toByteArray(), random));
    reader.allowLargeFrames();

    for (byte[] payload : payloads) {
      Frame frame = reader.read();
      assertThat(frame).as("tests.seed=%s", seed).isNotNull();
      assertThat(remaining(frame.payload())).as("tests.seed=%s", seed).isEqualTo(payload);
    }
    assertThat(reader.read()).as("tests.seed=%s", seed).isNull();
  }

  @Test
  void saysWhenTheStreamEndsWithinAFrame() {
    byte[] frame = Frames.remaining(new LinkMessage.Refusal("no").toFrame());
    for (int cut = 1; cut < frame.length; cut++) {
      FrameReader reader =
          new FrameReader(
              new CutChannel(java.util.Arrays.copyOf(frame, cut), new Random(/* seed= */ 1)));

      assertThatThrownBy(reader::read)
          .isInstanceOf(EOFException.class)
          .hasMessage("connection ended %s bytes into a frame", cut);
    }
  }

  @Test
  void holdsNoMemoryForASizeThatWasOnlyClaimed() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ByteBuffer claim = ByteBuffer.allocate(200_000);
    FrameHeader.of(MessageType.BATCH).writeTo(claim, (80 << 20) - FrameHeader.BYTES);
    FrameReader reader = new FrameReader(new CutChannel(claim.array(), new Random(/* seed= */ 1)));
    reader.allowLargeFrames();

    long before = threads.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(reader::read).isInstanceOf(EOFException.class);

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2 << 20);
  }

  @Test
  void takesNoMoreMemoryThanOtherReadersLeave() throws Exception {
    var memory = new FrameMemory(256 << 10, Duration.ofMillis(50));
    FrameReader one = reader(memory, 200_000);
    FrameReader other = reader(memory, 400_000);

    assertThat(one.read()).isNotNull();
    assertThatThrownBy(other::read)
        .isInstanceOf(FrameMemory.BusyException.class)
        .hasMessageContaining("large frames of other connections");
    other.release();

    FrameReader third = reader(memory, 180_000);
    assertThat(third.read()).isNotNull();
    third.release();
    one.release();
    assertThat(reader(memory, 250_000).read()).isNotNull();
  }

  @Test
  void waitsForMemoryWhileItHasNone() throws Exception {
    var memory = new FrameMemory(128 << 10, Duration.ofSeconds(10));
    FrameReader one = reader(memory, 190_000);
    FrameReader other = reader(memory, 190_000);
    assertThat(one.read()).isNotNull();

    var read = new CompletableFuture<Frame>();
    Thread.ofVirtual().start(() -> complete(read, other));
    assertThatThrownBy(() -> read.get(200, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    long hourLater = System.nanoTime() + TimeUnit.HOURS.toNanos(1);
    assertThat(other.isSlow(hourLater)).isFalse();
    assertThat(other.silentNanos(hourLater)).isZero();
    // The next read of a reader ends its frame; this one has all that there is.
    assertThat(one.read()).isNull();

    assertThat(read.get(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void waitsWithoutEndOnlyForWhomNobodySendsAgain() throws Exception {
    var memory = new FrameMemory(128 << 10, Duration.ofMillis(50));
    FrameReader one = reader(memory, 190_000);
    assertThat(one.read()).isNotNull();

    assertThatThrownBy(reader(memory, 190_000)::read).isInstanceOf(FrameMemory.BusyException.class);
    var noHello =
        new FrameReader(new CutChannel(refusal(190_000), new Random(/* seed= */ 1)), memory);
    var read = new CompletableFuture<Frame>();
    Thread.ofVirtual().start(() -> complete(read, noHello));
    assertThatThrownBy(() -> read.get(500, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    one.release();
    assertThat(read.get(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void knowsAFrameThatDoesNotComeToItsEnd() throws Exception {
    var pipe = Pipe.open();
    var reader = new FrameReader(pipe.source());
    var read = new CompletableFuture<Frame>();
    Thread.ofVirtual().start(() -> complete(read, reader));
    long minuteLater = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    assertThat(reader.isSlow(minuteLater)).isFalse();

    ByteBuffer frame = ByteBuffer.wrap(refusal(1000));
    pipe.sink().write(frame.slice(0, 500));
    while (!reader.isSlow(minuteLater)) {
      Thread.sleep(5);
    }
    assertThat(reader.isSlow(System.nanoTime())).isFalse();
    pipe.sink().write(frame.slice(500, frame.capacity() - 500));

    assertThat(read.get(10, TimeUnit.SECONDS)).isNotNull();
    assertThat(reader.isSlow(minuteLater)).isFalse();
  }

  @Test
  void aFrameThatStandsStillIsSlowHoweverMuchOfItCame() throws Exception {
    var pipe = Pipe.open();
    var reader = new FrameReader(pipe.source());
    reader.allowLargeFrames();
    Thread.ofVirtual().start(() -> complete(new CompletableFuture<>(), reader));
    pipe.sink().write(ByteBuffer.wrap(refusal(4 << 20)).slice(0, 3 << 20));

    await(() -> reader.isSlow(System.nanoTime() + TimeUnit.SECONDS.toNanos(90)));
    pipe.sink().close();
  }

  @Test
  void aFrameThatComesOnIsNotSlowHoweverLittleComes() throws Exception {
    var pipe = Pipe.open();
    var reader = new FrameReader(pipe.source());
    Thread.ofVirtual().start(() -> complete(new CompletableFuture<>(), reader));
    ByteBuffer frame = ByteBuffer.wrap(refusal(400_000));
    pipe.sink().write(frame.slice(0, 500));
    long minute = TimeUnit.SECONDS.toNanos(60);
    await(() -> reader.isSlow(System.nanoTime() + minute));
    long slow = System.nanoTime() + minute;

    pipe.sink().write(frame.slice(500, 40_000));

    await(() -> !reader.isSlow(slow));
    pipe.sink().close();
  }

  @Test
  void aFrameThatTakesScarceMemoryIsSlowSooner() throws Exception {
    var memory = new FrameMemory(256 << 10, Duration.ofSeconds(1));
    var pipe = Pipe.open();
    var reader = new FrameReader(pipe.source(), memory);
    Thread.ofVirtual().start(() -> complete(new CompletableFuture<>(), reader));
    pipe.sink().write(ByteBuffer.wrap(refusal(400_000)).slice(0, 150_000));

    await(() -> reader.isSlow(System.nanoTime() + TimeUnit.SECONDS.toNanos(15)));
    memory.giveBack(1 << 20);
    assertThat(reader.isSlow(System.nanoTime() + TimeUnit.SECONDS.toNanos(15))).isFalse();
    pipe.sink().close();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  private static void complete(CompletableFuture<Frame> read, FrameReader reader) {
    try {
      read.complete(reader.read());
    } catch (IOException | MalformedFrameException e) {
      read.completeExceptionally(e);
    }
  }

  private static FrameReader reader(FrameMemory memory, int bytes) {
    var channel = new CutChannel(refusal(bytes), new Random(/* seed= */ 1));
    var reader = new FrameReader(channel, memory);
    reader.allowLargeFrames();
    return reader;
  }

  private static byte[] refusal(int bytes) {
    ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + bytes);
    FrameHeader.of(MessageType.REFUSAL).writeTo(frame, bytes);
    return frame.array();
  }

  /// Hands out a stream in pieces of random length, as TCP does.
  private static final class CutChannel implements ReadableByteChannel {
    private final ByteBuffer stream;
    private final Random random;

    CutChannel(byte[] stream, Random random) {
      this.stream = ByteBuffer.wrap(stream);
      this.random = random;
    }

    @Override
    public int read(ByteBuffer target) {
      if (!stream.hasRemaining()) {
        return -1;
      }
      int most = Math.min(target.remaining(), stream.remaining());
      int count = Math.min(most, 1 + random.nextInt(1 << random.nextInt(20)));
      target.put(stream.slice(stream.position(), count));
      stream.position(stream.position() + count);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
