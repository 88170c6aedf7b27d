package deepflow.server.ingester.decode;

/// Of a request: which resources got `app.host.ip` from the agent.
@FunctionalInterface
public interface HostAdded {
  /// None of them, or nobody knows.
  HostAdded NONE = _ -> false;

  /// Whether the agent added it.
  ///
  /// @param resourceSpans the i-th ResourceSpans of the request, from 0
  boolean test(int resourceSpans);
}
