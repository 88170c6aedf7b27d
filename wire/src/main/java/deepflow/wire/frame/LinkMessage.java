package deepflow.wire.frame;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Our own messages on the link, each the payload of one frame. Integers are little endian.
public sealed interface LinkMessage {
  /// The protocol version that this code speaks.
  int PROTOCOL_VERSION = 1;

  /// The agent's first words.
  ///
  /// | offset | bytes | field |
  /// |-------:|------:|-------|
  /// | 0 | 2 | protocol version, u16 |
  /// | 2 | 16 | queue identity |
  /// | 18 | 8 | epoch, u64 |
  /// | 26 | 8 | oldest batch number, u64 |
  /// | 34 | rest | about, UTF-8 JSON |
  ///
  /// @param protocolVersion [#PROTOCOL_VERSION]
  /// @param queue names the agent's queue directory
  /// @param epoch grows by one with each start of the agent on that directory
  /// @param oldest lowest batch number that the queue holds; the next to be written when it is
  ///   empty
  /// @param about object with the keys `host`, `version` and `otlp` (array of URLs); for people
  record Hello(int protocolVersion, Identity queue, long epoch, long oldest, String about)
      implements LinkMessage {
    static final int FIXED_BYTES = Short.BYTES + Identity.BYTES + 2 * Long.BYTES;
  }

  /// The server's answer to [Hello].
  ///
  /// | offset | bytes | field |
  /// |-------:|------:|-------|
  /// | 0 | 16 | store identity |
  /// | 16 | 8 | committed, u64 |
  /// | 24 | 1 | 1: the server takes reports; missing: it doesn't |
  ///
  /// @param store names the store behind the server
  /// @param committed highest batch number of this queue that is durable in the store, as are all
  ///   that were sent before it; 0 when there is none
  /// @param takesReports whether [Report] may be sent
  record Welcome(Identity store, long committed, boolean takesReports) implements LinkMessage {
    static final int BYTES = Identity.BYTES + Long.BYTES;

    /// Of a server that takes no reports.
    public Welcome(Identity store, long committed) {
      this(store, committed, false);
    }
  }

  /// Entries, sealed under a number; [BatchWriter] makes it and [BatchReader] opens it.
  ///
  /// | offset | bytes | field |
  /// |-------:|------:|-------|
  /// | 0 | 8 | number, u64 from 1 |
  /// | 8 | 4 | CRC32C of all that follows |
  /// | 12 | rest | one zstd frame that says its content's size; [BatchReader] has the content |
  ///
  /// @param number orders the batches of a queue
  /// @param crc32c of `zstd`
  /// @param zstd shares the buffer that it was read from
  record Batch(long number, int crc32c, ByteBuffer zstd) implements LinkMessage {
    static final int FIXED_BYTES = Long.BYTES + Integer.BYTES;
  }

  /// More batches are durable in the store.
  ///
  /// | offset | bytes | field |
  /// |-------:|------:|-------|
  /// | 0 | 8 | committed, u64 |
  ///
  /// @param committed as in [Welcome]
  record Acknowledgement(long committed) implements LinkMessage {
    static final int BYTES = Long.BYTES;
  }

  /// The server's last words before it closes the connection. The agent keeps its data.
  ///
  /// | offset | bytes | field |
  /// |-------:|------:|-------|
  /// | 0 | all | reason, UTF-8 |
  ///
  /// @param reason one sentence for the agent's log
  record Refusal(String reason) implements LinkMessage {}

  /// What became of all spans that the agent's queue directory ever saw, in spans but for
  /// `refusedRequests`.
  ///
  /// | offset | bytes | field |
  /// |-------:|------:|-------|
  /// | 0 | 8 | through, u64 |
  /// | 8 | 72 | nine numbers, u64 each, in the order of the parameters below |
  ///
  /// What follows belongs to a later version and is passed over.
  ///
  /// @param through the server has acknowledged all batches up to this number
  /// @param accepted made durable in the queue
  /// @param covered of these, in batches up to `through`
  /// @param resent recognised as durable already
  /// @param invalid that can never be taken, in requests that were taken else
  /// @param busy for which there was no room: their sender was told to come back
  /// @param damaged that were durable and that the disk lost
  /// @param unacknowledged that went to a server of DeepFlow's, which acknowledges nothing
  /// @param refusedRequests that can never be taken; nobody knows how many spans were in them
  /// @param epoch in which the agent says so
  record Report(
      long through,
      long accepted,
      long covered,
      long resent,
      long invalid,
      long busy,
      long damaged,
      long unacknowledged,
      long refusedRequests,
      long epoch)
      implements LinkMessage {
    static final int BYTES = 10 * Long.BYTES;

    /// Spans that wait in the queue.
    public long queued() {
      return accepted - covered;
    }
  }

  /// The message of one of our own frames.
  ///
  /// @throws MalformedFrameException when the payload is too short, or the frame is DeepFlow's
  static LinkMessage of(Frame frame) throws MalformedFrameException {
    if (frame.header().encoding() != FrameEncoding.RAW) {
      throw new MalformedFrameException(
          "%s frame with encoder %s".formatted(frame.type(), frame.header().encoding()), 7);
    }
    ByteBuffer payload = frame.payload().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return switch (frame.type()) {
      case HELLO -> hello(require(frame, payload, Hello.FIXED_BYTES));
      case WELCOME -> welcome(require(frame, payload, Welcome.BYTES));
      case BATCH -> batch(require(frame, payload, Batch.FIXED_BYTES));
      case ACKNOWLEDGEMENT ->
          new Acknowledgement(require(frame, payload, Acknowledgement.BYTES).getLong());
      case REFUSAL -> new Refusal(UTF_8.decode(payload).toString());
      case REPORT -> report(require(frame, payload, Report.BYTES));
      case METRICS, OPENTELEMETRY, OPENTELEMETRY_COMPRESSED, SKYWALKING, DATADOG ->
          throw new MalformedFrameException("%s is no link message".formatted(frame.type()), 4);
    };
  }

  /// The message of a BATCH payload, as it lies in a queue's segment.
  ///
  /// @param payload at least 12 bytes; its position is left alone
  static Batch batchOf(ByteBuffer payload) {
    return batch(payload.duplicate().order(ByteOrder.LITTLE_ENDIAN));
  }

  /// The whole frame of this message, ready to be written.
  default ByteBuffer toFrame() {
    return switch (this) {
      case Hello hello -> {
        byte[] about = hello.about.getBytes(UTF_8);
        ByteBuffer frame = frame(MessageType.HELLO, Hello.FIXED_BYTES + about.length);
        frame.putShort((short) hello.protocolVersion);
        hello.queue.writeTo(frame);
        yield frame.putLong(hello.epoch).putLong(hello.oldest).put(about).flip();
      }
      case Welcome welcome -> {
        int more = welcome.takesReports ? 1 : 0;
        ByteBuffer frame = frame(MessageType.WELCOME, Welcome.BYTES + more);
        welcome.store.writeTo(frame);
        frame.putLong(welcome.committed);
        yield (welcome.takesReports ? frame.put((byte) 1) : frame).flip();
      }
      case Batch batch -> {
        ByteBuffer frame = frame(MessageType.BATCH, Batch.FIXED_BYTES + batch.zstd.remaining());
        yield frame.putLong(batch.number).putInt(batch.crc32c).put(batch.zstd.duplicate()).flip();
      }
      case Acknowledgement acknowledgement ->
          frame(MessageType.ACKNOWLEDGEMENT, Acknowledgement.BYTES)
              .putLong(acknowledgement.committed)
              .flip();
      case Report report ->
          frame(MessageType.REPORT, Report.BYTES)
              .putLong(report.through)
              .putLong(report.accepted)
              .putLong(report.covered)
              .putLong(report.resent)
              .putLong(report.invalid)
              .putLong(report.busy)
              .putLong(report.damaged)
              .putLong(report.unacknowledged)
              .putLong(report.refusedRequests)
              .putLong(report.epoch)
              .flip();
      case Refusal refusal -> {
        byte[] reason = refusal.reason.getBytes(UTF_8);
        yield frame(MessageType.REFUSAL, reason.length).put(reason).flip();
      }
    };
  }

  /// Only the header of a BATCH frame, for a payload that is sent from where it lies.
  ///
  /// @param target has room for [FrameHeader#BYTES]
  static void writeBatchHeader(ByteBuffer target, int payloadBytes) {
    FrameHeader.of(MessageType.BATCH).writeTo(target, payloadBytes);
  }

  private static ByteBuffer frame(MessageType type, int payloadBytes) {
    ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + payloadBytes);
    FrameHeader.of(type).writeTo(frame, payloadBytes);
    return frame;
  }

  private static ByteBuffer require(Frame frame, ByteBuffer payload, int bytes)
      throws MalformedFrameException {
    if (payload.remaining() < bytes) {
      throw new MalformedFrameException(
          "%s ends before byte %s".formatted(frame.type(), bytes), payload.remaining());
    }
    return payload;
  }

  private static Hello hello(ByteBuffer payload) {
    return new Hello(
        payload.getShort() & 0xFFFF,
        Identity.read(payload),
        payload.getLong(),
        payload.getLong(),
        UTF_8.decode(payload).toString());
  }

  private static Welcome welcome(ByteBuffer payload) {
    return new Welcome(
        Identity.read(payload), payload.getLong(), payload.hasRemaining() && payload.get() == 1);
  }

  private static Report report(ByteBuffer payload) {
    return new Report(
        payload.getLong(),
        payload.getLong(),
        payload.getLong(),
        payload.getLong(),
        payload.getLong(),
        payload.getLong(),
        payload.getLong(),
        payload.getLong(),
        payload.getLong(),
        payload.getLong());
  }

  private static Batch batch(ByteBuffer payload) {
    return new Batch(payload.getLong(), payload.getInt(), payload.slice());
  }
}
