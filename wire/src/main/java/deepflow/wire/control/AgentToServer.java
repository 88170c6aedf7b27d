package deepflow.wire.control;

import static deepflow.wire.control.MessageReader.delimited;
import static deepflow.wire.control.MessageReader.number;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufWriter;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// What an agent says. A part that is null has not changed since the message before.
///
/// @param instanceUid names the agent for ever: 16 bytes, as 32 hexadecimal digits
/// @param sequence one more with each message
/// @param capabilities bits of the constants below
/// @param effectiveConfig the configuration that it works with, as YAML
/// @param disconnect whether this is its last message
public record AgentToServer(
    String instanceUid,
    long sequence,
    long capabilities,
    @Nullable AgentDescription description,
    @Nullable ComponentHealth health,
    @Nullable String effectiveConfig,
    @Nullable ConfigStatus configStatus,
    boolean disconnect) {
  public static final long REPORTS_STATUS = 0x1;
  public static final long ACCEPTS_REMOTE_CONFIG = 0x2;
  public static final long REPORTS_EFFECTIVE_CONFIG = 0x4;
  public static final long REPORTS_HEALTH = 0x800;
  public static final long REPORTS_REMOTE_CONFIG = 0x1000;

  private static final int UID_BYTES = 16;

  public boolean can(long capability) {
    return (capabilities & capability) != 0;
  }

  /// Reads a message.
  ///
  /// @throws MalformedProtobufException also when the instance's id doesn't have 16 bytes
  public static AgentToServer decode(byte[] message) throws MalformedProtobufException {
    Draft draft = new Draft(MessageReader.of(message));
    draft.reader.fields(draft::read);
    if (draft.uid.length != UID_BYTES) {
      throw new MalformedProtobufException(
          "instance_uid has %s bytes instead of 16".formatted(draft.uid.length), 0);
    }
    return new AgentToServer(
        HexFormat.of().formatHex(draft.uid),
        draft.sequence,
        draft.capabilities,
        draft.description,
        draft.health,
        draft.effectiveConfig,
        draft.configStatus,
        draft.disconnect);
  }

  private static final class Draft {
    private final MessageReader reader;
    private byte[] uid = {};
    private long sequence;
    private long capabilities;
    private @Nullable AgentDescription description;
    private @Nullable ComponentHealth health;
    private @Nullable String effectiveConfig;
    private @Nullable ConfigStatus configStatus;
    private boolean disconnect;

    Draft(MessageReader reader) {
      this.reader = reader;
    }

    void read(int tag) throws MalformedProtobufException {
      if (tag == delimited(OpampField.AGENT_INSTANCE_UID)) {
        uid = reader.bytes();
      } else if (tag == number(OpampField.AGENT_SEQUENCE_NUM)) {
        sequence = reader.varint();
      } else if (tag == number(OpampField.AGENT_CAPABILITIES)) {
        capabilities = reader.varint();
      } else if (tag == delimited(OpampField.AGENT_DESCRIPTION)) {
        description = AgentDescription.read(reader);
      } else if (tag == delimited(OpampField.AGENT_HEALTH)) {
        health = ComponentHealth.read(reader);
      } else if (tag == delimited(OpampField.AGENT_EFFECTIVE_CONFIG)) {
        effectiveConfig = readEffectiveConfig();
      } else if (tag == delimited(OpampField.AGENT_REMOTE_CONFIG_STATUS)) {
        configStatus = ConfigStatus.read(reader);
      } else {
        disconnect |= tag == delimited(OpampField.AGENT_DISCONNECT);
        reader.skip(tag);
      }
    }

    private String readEffectiveConfig() throws MalformedProtobufException {
      String[] config = {""};
      reader.message(tag -> {
        if (tag == delimited(OpampField.EFFECTIVE_CONFIG_MAP)) {
          config[0] = ConfigFiles.read(reader);
        } else {
          reader.skip(tag);
        }
      });
      return config[0];
    }
  }

  public byte[] encode() {
    ProtobufWriter writer = new ProtobufWriter(1024);
    writer.bytes(OpampField.AGENT_INSTANCE_UID, HexFormat.of().parseHex(instanceUid));
    writer.varint(OpampField.AGENT_SEQUENCE_NUM, sequence);
    writer.varint(OpampField.AGENT_CAPABILITIES, capabilities);
    if (description != null) {
      description.write(OpampField.AGENT_DESCRIPTION, writer);
    }
    if (health != null) {
      health.write(OpampField.AGENT_HEALTH, writer);
    }
    if (effectiveConfig != null) {
      int start = writer.begin(OpampField.AGENT_EFFECTIVE_CONFIG);
      ConfigFiles.write(OpampField.EFFECTIVE_CONFIG_MAP, effectiveConfig, writer);
      writer.end(start);
    }
    if (configStatus != null) {
      configStatus.write(OpampField.AGENT_REMOTE_CONFIG_STATUS, writer);
    }
    if (disconnect) {
      writer.end(writer.begin(OpampField.AGENT_DISCONNECT));
    }
    return writer.toByteArray();
  }
}
