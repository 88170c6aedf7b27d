package deepflow.ctl.conformance;

import java.util.LinkedHashMap;
import java.util.Map;

/// One request.
///
/// @param headers by name in lower case; Content-Length is added by who sends it
@SuppressWarnings("ArrayRecordComponent") // sent, not compared
record Call(String method, String path, Map<String, String> headers, byte[] body) {
  /// @param headers names and values in turn
  static Call of(String method, String path, byte[] body, String... headers) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      map.put(headers[i], headers[i + 1]);
    }
    return new Call(method, path, map, body);
  }

  Call with(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    more.forEach(all::putIfAbsent);
    return new Call(method, path, all, body);
  }
}
