package deepflow.agent;

import deepflow.agent.forward.Forwarder;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.receive.ReceivePort;
import deepflow.agent.receive.Receiver;
import deepflow.agent.register.Registration;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An agent that runs in this process.
public final class RunningAgent implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunningAgent.class);

  private final Receiver receiver;
  private final DurableQueue queue;
  private final Forwarder forwarder;
  private final @Nullable Registration registration;
  private boolean closed;

  /// @param registration null when nobody controls the agent
  RunningAgent(
      Receiver receiver,
      DurableQueue queue,
      Forwarder forwarder,
      @Nullable Registration registration) {
    this.receiver = receiver;
    this.queue = queue;
    this.forwarder = forwarder;
    this.registration = registration;
  }

  /// The ports that it listens on, its own first; optional ones that were taken are missing.
  public List<ReceivePort> ports() {
    return receiver.ports();
  }

  /// Where senders reach it: `http://127.0.0.1:4318`.
  public List<String> endpoints() {
    return receiver.endpoints();
  }

  /// Stops in the order that loses nothing: new requests are refused and those under way answered,
  /// then the sending ends, then the queue is closed with all that was accepted. Calls after the
  /// first do nothing.
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    receiver.close();
    if (registration != null) {
      registration.close();
    }
    forwarder.close();
    try {
      queue.close();
    } catch (IOException e) {
      log.error("The queue could not be closed; what was accepted is on disk", e);
    }
    log.info("Stopped");
  }
}
