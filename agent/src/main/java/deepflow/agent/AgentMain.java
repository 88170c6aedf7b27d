package deepflow.agent;

import deepflow.agent.forward.ForwardConfig;
import deepflow.agent.forward.Forwarder;
import deepflow.agent.forward.LinkTls;
import deepflow.agent.forward.ServerAddress;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.QueueConfig;
import deepflow.agent.queue.QueueInUseException;
import deepflow.agent.receive.Health;
import deepflow.agent.receive.PortTakenException;
import deepflow.agent.receive.Receiver;
import deepflow.agent.receive.ReceiverTls;
import deepflow.agent.register.KeptConfig;
import deepflow.agent.register.Registration;
import deepflow.settings.OrderlyStop;
import deepflow.settings.Program;
import deepflow.settings.ServiceManager;
import deepflow.settings.Settings;
import deepflow.settings.StartPhases;
import deepflow.wire.frame.BatchWriter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// deepflow-agent: builds and starts everything of the node's intake.
public final class AgentMain {
  private static final Logger log = LoggerFactory.getLogger(AgentMain.class);
  private static final Program PROGRAM = new Program("deepflow-agent");

  private AgentMain() {}

  /// The program. Ends with 0 after SIGTERM or Ctrl-C, with 2 when a setting is wrong and with 1
  /// when it can't start; what is wrong is said on standard error.
  public static void main(String[] arguments) throws InterruptedException {
    StartPhases phases = StartPhases.ofProcess();
    inBackground("load-http", Receiver::load);
    Settings settings = PROGRAM.settings(AgentSettings.standalone(), arguments);
    try (OrderlyStop stop = OrderlyStop.whenTold()) {
      AgentConfig config = AgentSettings.config(settings);
      RunningAgent agent = start(config, config::upstream, phases);
      stop.started(agent::close);
      String taking = "Taking traces on " + String.join(" ", agent.endpoints());
      System.out.println(taking);
      ServiceManager.ready(taking);
      log.info("Started in {}", phases);
    } catch (IOException | PortTakenException | IllegalArgumentException e) {
      throw PROGRAM.cannotStart(String.valueOf(e.getMessage()));
    }
    new CountDownLatch(1).await();
  }

  /// Starts an agent in this process.
  ///
  /// @throws PortTakenException when a port that it can't do without is taken
  /// @throws IOException when its data directory or its certificates can't be used
  public static RunningAgent start(AgentConfig config) throws IOException, PortTakenException {
    return start(config, config::upstream, StartPhases.begin());
  }

  /// Starts an agent that takes spans before it is known where they go.
  ///
  /// @param upstream asked once, when the agent is ready for senders; may wait
  public static RunningAgent start(
      AgentConfig config, Supplier<Upstream> upstream, StartPhases phases)
      throws IOException, PortTakenException {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Clock clock = Clock.systemUTC();
    ReceiverTls tls = config.tls().open();
    LinkTls linkTls = config.link().openTls();
    QueueConfig queueConfig = QueueConfig.ofCapacity(config.queueBytes());
    DurableQueue queue = open(config.data(), queueConfig, clock, registry);
    KeptConfig kept = KeptConfig.load(config.data());
    phases.ended("queue");
    try {
      Receiver receiver =
          Receiver.start(
              config.receiver(tls),
              Management.rules(kept.config()),
              queue,
              health(queue),
              registry,
              clock);
      phases.ended("ports");
      inBackground("load-zstd", BatchWriter::load);
      return connect(config, upstream, new Intake(receiver, queue, kept), linkTls, registry);
    } catch (PortTakenException | RuntimeException failed) {
      queue.close();
      throw failed;
    }
  }

  /// What takes a while to load, beside what else there is to do.
  private static void inBackground(String name, Runnable load) {
    Thread.ofPlatform().name(name).daemon().start(load);
  }

  /// What takes spans, when it does.
  private record Intake(Receiver receiver, DurableQueue queue, KeptConfig kept) {}

  private static RunningAgent connect(
      AgentConfig config,
      Supplier<Upstream> upstream,
      Intake intake,
      @Nullable LinkTls tls,
      PrometheusMeterRegistry registry) {
    Receiver receiver = intake.receiver();
    try {
      Upstream known = upstream.get();
      List<ServerAddress> addresses = known.servers().stream().map(ServerAddress::parse).toList();
      ForwardConfig forward =
          ForwardConfig.defaults(addresses, config.link(), tls, About.json(receiver.endpoints()));
      Forwarder forwarder = Forwarder.start(intake.queue(), forward, new SecureRandom(), registry);
      log.info("Taking traces on {}; sending to {}", receiver.endpoints(), addresses);
      Management management = new Management(receiver, intake.queue(), forwarder, Instant.now());
      forwarder.limit(intake.kept().config().linkBytesPerSecond());
      return new RunningAgent(
          receiver, intake.queue(), forwarder, register(config, known, intake, management));
    } catch (RuntimeException failed) {
      receiver.close();
      throw failed;
    }
  }

  private static @Nullable Registration register(
      AgentConfig config, Upstream upstream, Intake intake, Management management) {
    URI controller = upstream.controller();
    if (controller == null) {
      return null;
    }
    String uid = intake.queue().identity().toString();
    return Registration.start(
        controller,
        uid,
        About.description(uid, intake.receiver().endpoints(), config.register().group()),
        intake.kept(),
        management);
  }

  /// @throws IOException with a sentence for the operator
  private static DurableQueue open(
      Path data, QueueConfig config, Clock clock, PrometheusMeterRegistry registry)
      throws IOException {
    try {
      return DurableQueue.open(data.resolve("queue"), config, clock, registry);
    } catch (QueueInUseException inUse) {
      throw inUse;
    } catch (IOException e) {
      throw new IOException(
          "the data directory %s can't be used (%s): mend that, or choose another with %s"
              .formatted(data, reason(e), AgentSettings.DATA.flag()),
          e);
    }
  }

  /// Exceptions of the file system often name the file and nothing else.
  private static String reason(IOException e) {
    String kind = e.getClass().getSimpleName();
    String message = Objects.requireNonNullElse(e.getMessage(), kind);
    return e instanceof FileSystemException ? kind + " " + message : message;
  }

  private static Health health(DurableQueue queue) {
    return new Health() {
      @Override
      public Optional<String> notReady() {
        return Optional.ofNullable(queue.notReady());
      }

      // Whoever asks has its answer from the thread that would be stuck.
      @Override
      public Optional<String> stuck() {
        return Optional.empty();
      }
    };
  }
}
