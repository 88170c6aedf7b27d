package deepflow.server.labeler;

import java.util.Map;

/// What there is to know a span's own side by.
///
/// @param words attributes of its resource that the sender said, as text
/// @param seen the address that the agent saw and added, because the sender said none
/// @param agentHost name of the agent's host; empty when not known
public record Sender(Map<String, String> words, Address seen, String agentHost) {
  String word(String key) {
    return words.getOrDefault(key, "");
  }
}
