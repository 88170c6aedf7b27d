package deepflow.wire.control;

import static deepflow.wire.control.MessageReader.delimited;
import static deepflow.wire.control.MessageReader.number;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufWriter;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// What a server says to an agent.
///
/// @param instanceUid of the agent, as it said it
/// @param failure why nothing else is said; null when all is well
/// @param config the agent's configuration from now on; null when it stays
/// @param reportFullState whether the agent shall say everything again
public record ServerToAgent(
    String instanceUid,
    @Nullable Failure failure,
    @Nullable RemoteConfig config,
    boolean reportFullState) {
  private static final int CAPABILITIES =
      0x1 /* AcceptsStatus */ | 0x2 /* OffersRemoteConfig */ | 0x4 /* AcceptsEffectiveConfig */;
  private static final int REPORT_FULL_STATE = 0x1;

  /// A configuration.
  ///
  /// @param revision names it: a configuration of the same revision is the same
  public record RemoteConfig(String yaml, String revision) {}

  /// Why a message was not taken.
  ///
  /// @param retryAfter when to say it again; null when that is no use
  public record Failure(String message, @Nullable Duration retryAfter) {
    private static final int BAD_REQUEST = 1;
    private static final int UNAVAILABLE = 2;
  }

  /// Nothing new.
  public static ServerToAgent nothing(String instanceUid) {
    return new ServerToAgent(instanceUid, null, null, false);
  }

  /// A message that wasn't taken.
  public static ServerToAgent failed(String instanceUid, Failure failure) {
    return new ServerToAgent(instanceUid, failure, null, false);
  }

  public static ServerToAgent decode(byte[] message) throws MalformedProtobufException {
    MessageReader reader = MessageReader.of(message);
    Draft draft = new Draft();
    reader.fields(tag -> draft.read(tag, reader));
    return new ServerToAgent(
        HexFormat.of().formatHex(draft.uid),
        draft.failure,
        draft.config,
        (draft.flags & REPORT_FULL_STATE) != 0);
  }

  private static final class Draft {
    private byte[] uid = {};
    private @Nullable Failure failure;
    private @Nullable RemoteConfig config;
    private long flags;

    void read(int tag, MessageReader reader) throws MalformedProtobufException {
      if (tag == delimited(OpampField.SERVER_INSTANCE_UID)) {
        uid = reader.bytes();
      } else if (tag == delimited(OpampField.SERVER_ERROR)) {
        failure = readFailure(reader);
      } else if (tag == delimited(OpampField.SERVER_REMOTE_CONFIG)) {
        config = readConfig(reader);
      } else if (tag == number(OpampField.SERVER_FLAGS)) {
        flags = reader.varint();
      } else {
        reader.skip(tag);
      }
    }

    private static Failure readFailure(MessageReader reader) throws MalformedProtobufException {
      String[] message = {""};
      @Nullable Duration[] retry = {null};
      reader.message(tag -> {
        if (tag == delimited(OpampField.ERROR_MESSAGE)) {
          message[0] = reader.text();
        } else if (tag == delimited(OpampField.ERROR_RETRY_INFO)) {
          retry[0] = readRetry(reader);
        } else {
          reader.skip(tag);
        }
      });
      return new Failure(message[0], retry[0]);
    }

    private static Duration readRetry(MessageReader reader) throws MalformedProtobufException {
      long[] nanos = {0};
      reader.message(tag -> {
        if (tag == number(OpampField.RETRY_AFTER_NANOS)) {
          nanos[0] = reader.varint();
        } else {
          reader.skip(tag);
        }
      });
      return Duration.ofNanos(Math.max(0, nanos[0]));
    }

    private static RemoteConfig readConfig(MessageReader reader) throws MalformedProtobufException {
      String[] texts = {"", ""};
      reader.message(tag -> {
        if (tag == delimited(OpampField.REMOTE_CONFIG_MAP)) {
          texts[0] = ConfigFiles.read(reader);
        } else if (tag == delimited(OpampField.REMOTE_CONFIG_HASH)) {
          texts[1] = reader.text();
        } else {
          reader.skip(tag);
        }
      });
      return new RemoteConfig(texts[0], texts[1]);
    }
  }

  public byte[] encode() {
    ProtobufWriter writer = new ProtobufWriter(256);
    writer.bytes(OpampField.SERVER_INSTANCE_UID, HexFormat.of().parseHex(instanceUid));
    if (failure != null) {
      write(failure, writer);
      return writer.toByteArray();
    }
    if (config != null) {
      int start = writer.begin(OpampField.SERVER_REMOTE_CONFIG);
      ConfigFiles.write(OpampField.REMOTE_CONFIG_MAP, config.yaml(), writer);
      writer.text(OpampField.REMOTE_CONFIG_HASH, config.revision());
      writer.end(start);
    }
    writer.varint(OpampField.SERVER_FLAGS, reportFullState ? REPORT_FULL_STATE : 0);
    writer.varint(OpampField.SERVER_CAPABILITIES, CAPABILITIES);
    return writer.toByteArray();
  }

  private static void write(Failure failure, ProtobufWriter writer) {
    int start = writer.begin(OpampField.SERVER_ERROR);
    Duration retryAfter = failure.retryAfter();
    writer.varint(
        OpampField.ERROR_TYPE, retryAfter == null ? Failure.BAD_REQUEST : Failure.UNAVAILABLE);
    writer.text(OpampField.ERROR_MESSAGE, failure.message());
    if (retryAfter != null) {
      int retry = writer.begin(OpampField.ERROR_RETRY_INFO);
      writer.varint(OpampField.RETRY_AFTER_NANOS, retryAfter.toNanos());
      writer.end(retry);
    }
    writer.end(start);
  }
}
