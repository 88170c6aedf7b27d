package deepflow.wire.control;

import static deepflow.wire.control.MessageReader.delimited;
import static deepflow.wire.control.MessageReader.number;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufWriter;

/// What became of the configuration that an agent got last.
///
/// @param revision of that configuration; empty when it never got one
/// @param error why it could not be applied; empty otherwise
public record ConfigStatus(String revision, State state, String error) {
  /// An agent that never got a configuration.
  public static final ConfigStatus NONE = new ConfigStatus("", State.UNSET, "");

  /// In the order of OpAMP's numbers.
  public enum State {
    /// It says nothing about it.
    UNSET,
    APPLIED,
    APPLYING,
    FAILED;

    private static State of(long number) {
      return number >= 0 && number < values().length ? values()[(int) number] : UNSET;
    }
  }

  public static ConfigStatus applied(String revision) {
    return new ConfigStatus(revision, State.APPLIED, "");
  }

  public static ConfigStatus failed(String revision, String error) {
    return new ConfigStatus(revision, State.FAILED, error);
  }

  static ConfigStatus read(MessageReader reader) throws MalformedProtobufException {
    String[] texts = {"", ""};
    State[] state = {State.UNSET};
    reader.message(tag -> {
      if (tag == delimited(OpampField.STATUS_LAST_HASH)) {
        texts[0] = reader.text();
      } else if (tag == number(OpampField.STATUS_STATUS)) {
        state[0] = State.of(reader.varint());
      } else if (tag == delimited(OpampField.STATUS_ERROR)) {
        texts[1] = reader.text();
      } else {
        reader.skip(tag);
      }
    });
    return new ConfigStatus(texts[0], state[0], texts[1]);
  }

  void write(int field, ProtobufWriter writer) {
    int start = writer.begin(field);
    writer.text(OpampField.STATUS_LAST_HASH, revision);
    writer.varint(OpampField.STATUS_STATUS, state.ordinal());
    writer.text(OpampField.STATUS_ERROR, error);
    writer.end(start);
  }
}
