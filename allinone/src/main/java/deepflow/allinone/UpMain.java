package deepflow.allinone;

import deepflow.agent.AgentConfig;
import deepflow.agent.AgentMain;
import deepflow.agent.AgentSettings;
import deepflow.agent.RunningAgent;
import deepflow.agent.receive.PortTakenException;
import deepflow.server.RunningServer;
import deepflow.server.ServerMain;
import deepflow.server.ServerSettings;
import deepflow.server.ServerStartException;
import deepflow.settings.Setting;
import deepflow.settings.Settings;
import deepflow.settings.SettingsException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/// `./deepflow up`: agent, server and UI in one process. Agent and server speak over the real link.
public final class UpMain {
  private static final int EXIT_CANNOT_START = 1;
  private static final int EXIT_WRONG_SETTINGS = 2;

  private UpMain() {}

  /// Runs until it is told to stop; then exits with 0. Exits with 2 when a setting is wrong and
  /// with 1 when it can't start; what is wrong is said on standard error.
  public static void main(String[] arguments) throws InterruptedException {
    Settings settings = settings(arguments);
    System.out.println(settings.effective());
    try {
      start(settings);
    } catch (ServerStartException | PortTakenException | IOException | IllegalArgumentException e) {
      System.err.println("deepflow: " + e.getMessage());
      System.exit(EXIT_CANNOT_START);
    }
    new CountDownLatch(1).await();
  }

  private static List<Setting<?>> known() {
    return Stream.of(
            List.<Setting<?>>of(ServerSettings.DATA, ServerSettings.HOST),
            ServerSettings.serving(),
            AgentSettings.intake())
        .flatMap(List::stream)
        .toList();
  }

  private static Settings settings(String[] arguments) {
    try {
      Settings settings = Settings.read(known(), List.of(arguments), System.getenv());
      if (settings.helpWanted()) {
        System.out.println(Settings.help("./deepflow up", known()));
        System.exit(0);
      }
      return settings;
    } catch (SettingsException e) {
      e.problems().forEach(problem -> System.err.println("deepflow: " + problem));
      System.exit(EXIT_WRONG_SETTINGS);
      throw new IllegalStateException("exited", e);
    }
  }

  private static void start(Settings settings)
      throws ServerStartException, PortTakenException, IOException {
    Path data = settings.get(ServerSettings.DATA);
    String host = settings.get(ServerSettings.HOST);
    RunningServer server =
        ServerMain.start(ServerSettings.serving(settings, data.resolve("server"), host));
    RunningAgent agent = agent(settings, data, host, server);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(agent, server), "stop"));
    announce(server, agent, data);
  }

  private static RunningAgent agent(Settings settings, Path data, String host, RunningServer server)
      throws PortTakenException, IOException {
    AgentConfig config =
        AgentSettings.intake(settings, data.resolve("agent"))
            .withHost(host)
            .withServers(List.of(ingest(server)));
    try {
      return AgentMain.start(config);
    } catch (PortTakenException | IOException | RuntimeException failed) {
      server.close();
      throw failed;
    }
  }

  /// The server's ingest, as this process reaches it.
  private static String ingest(RunningServer server) {
    return inUrl(server.address()) + ":" + server.ingestPort();
  }

  private static String inUrl(InetSocketAddress address) {
    if (address.getAddress().isAnyLocalAddress()) {
      return "127.0.0.1";
    }
    String host = address.getAddress().getHostAddress();
    return host.contains(":") ? "[" + host + "]" : host;
  }

  /// The agent first: what it answered for is in its queue or on its way, and the server still
  /// takes it. Being told to stop is no failure, so the exit code is 0 and not the signal's.
  private static void stop(RunningAgent agent, RunningServer server) {
    agent.close();
    server.close();
    Runtime.getRuntime().halt(0);
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
