package deepflow.server.ingester.receive;

import deepflow.server.storage.Position;
import deepflow.wire.frame.Identity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The agents that the store or this process knows.
public final class Sessions {
  private final Map<Identity, Session> sessions = new ConcurrentHashMap<>();

  /// @param positions as the store has them
  /// @param lastSeen likewise
  public Sessions(Map<Identity, Position> positions, Map<Identity, Instant> lastSeen) {
    positions.forEach((agent, position) -> sessions.put(agent, new Session(agent, position)));
    lastSeen.forEach((agent, seen) -> of(agent).touch(seen));
  }

  Session of(Identity agent) {
    return sessions.computeIfAbsent(agent, _ -> new Session(agent, Position.START));
  }

  /// Whether a session that has a connection now is the agent's: between the look-up and that it
  /// may have been forgotten as blank. Then it is put back, unless another one is there already.
  boolean keep(Session attached) {
    return sessions.compute(attached.agent(), (_, found) -> found == null ? attached : found)
        == attached;
  }

  /// Forgets a session that left nothing: invented identities must not fill the memory.
  void release(Session session) {
    sessions.computeIfPresent(
        session.agent(), (_, found) -> found == session && session.isBlank() ? null : found);
  }

  /// All of them, in no order.
  public List<Session> all() {
    return List.copyOf(sessions.values());
  }
}
