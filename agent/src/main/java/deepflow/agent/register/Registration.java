package deepflow.agent.register;

import deepflow.wire.control.AgentDescription;
import deepflow.wire.control.AgentToServer;
import deepflow.wire.control.ConfigStatus;
import deepflow.wire.control.ServerToAgent;
import deepflow.wire.otlp.MalformedProtobufException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells a controller about the agent, at first all and then what changed, and takes what it
/// answers.
///
/// A controller that is away changes nothing: the agent goes on by the configuration that it has,
/// and asks again after a second, then ever less often, at last once a minute.
public final class Registration implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Registration.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration GOODBYE_TIMEOUT = Duration.ofMillis(500);
  private static final Duration RETRY_MIN = Duration.ofSeconds(1);
  private static final Duration RETRY_MAX = Duration.ofMinutes(1);
  private static final long CAPABILITIES =
      AgentToServer.REPORTS_STATUS
          | AgentToServer.ACCEPTS_REMOTE_CONFIG
          | AgentToServer.REPORTS_EFFECTIVE_CONFIG
          | AgentToServer.REPORTS_HEALTH
          | AgentToServer.REPORTS_REMOTE_CONFIG;

  private final URI uri;
  private final ControllerClient controller;
  private final String instanceUid;
  private final AgentDescription description;
  private final KeptConfig kept;
  private final Managed agent;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  private long sequence;

  /// Whether the controller knows all that doesn't change by itself.
  private boolean known;

  private @Nullable ConfigStatus told;
  private Duration retry = RETRY_MIN;
  private String complaint = "";

  private Registration(
      URI controller,
      String instanceUid,
      AgentDescription description,
      KeptConfig kept,
      Managed agent) {
    uri = controller;
    this.controller = new ControllerClient(controller);
    this.instanceUid = instanceUid;
    this.description = description;
    this.kept = kept;
    this.agent = agent;
    thread = Thread.ofPlatform().name("register").daemon().unstarted(this::run);
  }

  /// Begins to register, in the background.
  ///
  /// @param controller where it takes OpAMP's messages
  /// @param instanceUid names the agent for ever, 32 hexadecimal digits
  /// @param kept the configuration in force, which `agent` obeys already
  public static Registration start(
      URI controller,
      String instanceUid,
      AgentDescription description,
      KeptConfig kept,
      Managed agent) {
    Registration registration = new Registration(controller, instanceUid, description, kept, agent);
    registration.thread.start();
    return registration;
  }

  private void run() {
    try {
      while (!closing.await(ask().toMillis(), TimeUnit.MILLISECONDS)) {
        log.trace("asking {}", uri);
      }
      sayGoodbye();
    } catch (InterruptedException _) {
      log.debug("interrupted; the agent goes on as it is");
    } catch (RuntimeException | Error bug) {
      log.error("The agent's registration stopped; it goes on by the configuration it has", bug);
      throw bug;
    }
  }

  /// Returns when to ask again.
  private Duration ask() {
    kept.retryWrite();
    try {
      ServerToAgent answer = exchange();
      ServerToAgent.Failure failure = answer.failure();
      if (failure != null) {
        return failed(failure.message(), failure.retryAfter());
      }
      take(answer);
    } catch (IOException e) {
      return failed(e.toString(), null);
    } catch (MalformedProtobufException e) {
      return failed("its answer is no OpAMP: " + e.getMessage(), null);
    }
    retry = RETRY_MIN;
    if (!complaint.isEmpty()) {
      log.info("The controller {} is there again", uri);
      complaint = "";
    }
    // What became of a new configuration is told at once.
    return kept.status().equals(told) && known ? kept.config().askInterval() : Duration.ZERO;
  }

  private ServerToAgent exchange() throws IOException, MalformedProtobufException {
    ConfigStatus status = kept.status();
    boolean all = !known;
    boolean news = all || !status.equals(told);
    AgentToServer message =
        new AgentToServer(
            instanceUid,
            ++sequence,
            CAPABILITIES,
            all ? description : null,
            agent.health(),
            news ? kept.yaml() : null,
            news ? status : null,
            /* disconnect= */ false);
    ServerToAgent answer = ServerToAgent.decode(controller.exchange(message.encode(), TIMEOUT));
    if (answer.failure() == null) {
      known = true;
      told = status;
    }
    return answer;
  }

  private void take(ServerToAgent answer) {
    if (answer.reportFullState()) {
      known = false;
    }
    ServerToAgent.RemoteConfig config = answer.config();
    if (config == null) {
      return;
    }
    kept.replace(config);
    agent.obey(kept.config());
    ConfigStatus status = kept.status();
    if (status.state() == ConfigStatus.State.APPLIED) {
      log.info("Working by the group's configuration {} from now on", status.revision());
    } else {
      log.warn("The group's configuration {}: {}", status.revision(), status.error());
    }
  }

  private Duration failed(String reason, @Nullable Duration retryAfter) {
    if (!reason.equals(complaint)) {
      complaint = reason;
      log.info("No answer from the controller {} ({}): going on without", uri, reason);
    }
    Duration pause = retryAfter == null ? retry : retryAfter;
    retry = retry.multipliedBy(2).compareTo(RETRY_MAX) > 0 ? RETRY_MAX : retry.multipliedBy(2);
    return pause.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : pause;
  }

  /// So that the controller needn't find out by waiting.
  private void sayGoodbye() {
    if (!known) {
      return;
    }
    try {
      AgentToServer message =
          new AgentToServer(
              instanceUid,
              ++sequence,
              CAPABILITIES,
              null,
              null,
              null,
              null,
              /* disconnect= */ true);
      controller.exchange(message.encode(), GOODBYE_TIMEOUT);
    } catch (IOException e) {
      log.debug("the controller was not told that the agent stops: {}", e.toString());
    }
  }

  /// Tells the controller that the agent stops, if that takes no time. Doesn't wait for a question
  /// that is under way longer than for a goodbye.
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(GOODBYE_TIMEOUT.multipliedBy(2));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
