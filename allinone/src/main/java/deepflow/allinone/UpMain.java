package deepflow.allinone;

import deepflow.agent.AgentConfig;
import deepflow.agent.AgentMain;
import deepflow.agent.AgentSettings;
import deepflow.agent.RunningAgent;
import deepflow.agent.Upstream;
import deepflow.server.RunningServer;
import deepflow.server.ServerMain;
import deepflow.server.ServerSettings;
import deepflow.server.ServerStartException;
import deepflow.settings.OrderlyStop;
import deepflow.settings.Program;
import deepflow.settings.Setting;
import deepflow.settings.Settings;
import deepflow.settings.StartPhases;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `./deepflow up`: agent, server and UI in one process. Agent and server speak over the real link.
public final class UpMain {
  private static final Logger LOG = LoggerFactory.getLogger(UpMain.class);
  private static final Program PROGRAM = new Program("deepflow up");

  private UpMain() {}

  /// Runs until it is told to stop; then exits with 0. Exits with 2 when a setting is wrong and
  /// with 1 when it can't start; what is wrong is said on standard error.
  public static void main(String[] arguments) throws InterruptedException {
    StartPhases phases = StartPhases.ofProcess();
    Settings settings = PROGRAM.settings(known(), arguments);
    try (OrderlyStop stop = OrderlyStop.whenTold()) {
      start(settings, phases, stop);
    } catch (ServerStartException e) {
      throw PROGRAM.cannotStart(String.valueOf(e.getMessage()));
    } catch (ExecutionException e) {
      throw PROGRAM.cannotStart(reason(e));
    }
    new CountDownLatch(1).await();
  }

  private static String reason(ExecutionException e) {
    LOG.debug("the agent can't start", e);
    return e.getCause() == null ? e.toString() : String.valueOf(e.getCause().getMessage());
  }

  private static List<Setting<?>> known() {
    return Stream.of(
            List.<Setting<?>>of(ServerSettings.DATA, ServerSettings.HOST),
            ServerSettings.serving(),
            AgentSettings.intake())
        .flatMap(List::stream)
        .toList();
  }

  /// The agent starts beside the server: it takes spans before there is one to send them to.
  private static void start(Settings settings, StartPhases phases, OrderlyStop stop)
      throws ServerStartException, ExecutionException, InterruptedException {
    Path data = settings.get(ServerSettings.DATA);
    String host = settings.get(ServerSettings.HOST);
    CompletableFuture<Upstream> upstream = new CompletableFuture<>();
    Future<RunningAgent> startingAgent = agent(settings, data, host, upstream);
    RunningServer server;
    try {
      server =
          ServerMain.start(ServerSettings.serving(settings, data.resolve("server"), host), phases);
    } catch (ServerStartException | RuntimeException | Error failed) {
      upstream.cancel(true);
      throw failed;
    }
    upstream.complete(upstream(server));
    RunningAgent agent = await(startingAgent, server);
    phases.ended("agent");
    stop.started(() -> stop(agent, server));
    announce(server, agent, data);
    LOG.info("Started in {}", phases);
  }

  private static Future<RunningAgent> agent(
      Settings settings, Path data, String host, CompletableFuture<Upstream> upstream) {
    AgentConfig config = AgentSettings.intake(settings, data.resolve("agent")).withHost(host);
    FutureTask<RunningAgent> task =
        new FutureTask<>(() -> AgentMain.start(config, upstream::join, StartPhases.begin()));
    Thread.ofPlatform().name("agent-start").daemon().start(task);
    return task;
  }

  private static RunningAgent await(Future<RunningAgent> startingAgent, RunningServer server)
      throws ExecutionException, InterruptedException {
    try {
      return startingAgent.get();
    } catch (ExecutionException failed) {
      server.close();
      throw failed;
    }
  }

  /// The server, as this process reaches it.
  private static Upstream upstream(RunningServer server) {
    String host = inUrl(server.address());
    return new Upstream(
        List.of(host + ":" + server.ingestPort()),
        URI.create("http://%s:%s/v1/opamp".formatted(host, server.address().getPort())));
  }

  private static String inUrl(InetSocketAddress address) {
    if (address.getAddress().isAnyLocalAddress()) {
      return "127.0.0.1";
    }
    String host = address.getAddress().getHostAddress();
    return host.contains(":") ? "[" + host + "]" : host;
  }

  /// The agent first: what it answered for is in its queue or on its way, and the server still
  /// takes it. Whatever becomes of the agent, the database is closed.
  private static void stop(RunningAgent agent, RunningServer server) {
    try (server) {
      agent.close();
    }
  }

  private static void announce(RunningServer server, RunningAgent agent, Path data) {
    // Not in the user's locale: a browser can't open an address whose port has another script's
    // digits.
    System.out.printf(
        Locale.ROOT,
        "%nDeepFlow is ready.%n  look at traces   http://%s:%d%n  send spans to    %s   (OTLP: HTTP and gRPC)%n  data             %s%n  stop             Ctrl-C%n",
        inUrl(server.address()),
        server.address().getPort(),
        String.join("  ", agent.endpoints()),
        data.toAbsolutePath());
  }
}
