package deepflow.agent.forward;

import deepflow.agent.queue.Uninterruptibles;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks whether a server takes this agent, in a thread of its own, while another server is sent
/// to.
final class Probe implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Probe.class);

  /// Connects to the server.
  @FunctionalInterface
  interface Opening {
    Link open() throws IOException;
  }

  /// Says who the agent is, and returns when the server takes it.
  @FunctionalInterface
  interface Introduction {
    void introduce(Link opened) throws IOException;
  }

  private final Opening opening;
  private final Introduction introduction;
  private final Thread thread;
  private @Nullable Link link;
  private boolean closed;
  private volatile boolean taken;

  private Probe(Opening opening, Introduction introduction) {
    this.opening = opening;
    this.introduction = introduction;
    thread = Thread.ofPlatform().name("link-probe").daemon().unstarted(this::run);
  }

  static Probe start(Opening opening, Introduction introduction) {
    Probe probe = new Probe(opening, introduction);
    probe.thread.start();
    return probe;
  }

  /// Whether the server has said that it takes this agent.
  boolean isTaken() {
    return taken;
  }

  boolean isRunning() {
    return thread.isAlive();
  }

  private void run() {
    try (Link opened = opening.open()) {
      keep(opened);
      introduction.introduce(opened);
      taken = true;
    } catch (IOException notNow) {
      LOG.debug("The preferred server doesn't take this agent yet: {}", notNow.toString());
    }
  }

  private synchronized void keep(Link opened) {
    link = opened;
    if (closed) {
      opened.cut();
    }
  }

  /// Gives up, and waits for the thread.
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (link == null) {
        thread.interrupt(); // it may be connecting, to a server that isn't there
      } else {
        link.cut();
      }
    }
    Uninterruptibles.join(thread);
  }
}
