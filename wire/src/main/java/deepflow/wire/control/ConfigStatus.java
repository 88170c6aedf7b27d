package deepflow.wire.control;

import static deepflow.wire.control.MessageReader.delimited;
import static deepflow.wire.control.MessageReader.number;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufWriter;
import java.util.Arrays;

/// What became of the configuration that an agent got last.
///
/// @param revision of that configuration; empty when it never got one
/// @param error why it could not be applied; empty otherwise
public record ConfigStatus(String revision, State state, String error) {
  /// An agent that never got a configuration.
  public static final ConfigStatus NONE = new ConfigStatus("", State.UNSET, "");

  /// What became of it, with OpAMP's number.
  public enum State {
    /// The agent says nothing about it.
    UNSET(0),
    APPLIED(1),
    APPLYING(2),
    FAILED(3);

    private final int number;

    State(int number) {
      this.number = number;
    }

    private static State of(long number) {
      return Arrays.stream(values())
          .filter(state -> state.number == number)
          .findAny()
          .orElse(UNSET);
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
    writer.varint(OpampField.STATUS_STATUS, state.number);
    writer.text(OpampField.STATUS_ERROR, error);
    writer.end(start);
  }
}
