package deepflow.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.control.AgentDescription;
import deepflow.wire.control.AgentToServer;
import deepflow.wire.control.ComponentHealth;
import deepflow.wire.control.ConfigStatus;
import deepflow.wire.control.ServerToAgent;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ControllerTest {
  private static final long CAPABILITIES =
      AgentToServer.REPORTS_STATUS | AgentToServer.ACCEPTS_REMOTE_CONFIG;
  private static final String OFF = "inputs: {integration: {enabled: false}}\n";
  private static final Random RANDOM = new Random(7);

  @RegisterExtension static final Engine ENGINE = new Engine();

  private Instant now = Instant.parse("2026-11-26T05:00:00Z");
  private Controller controller;

  @BeforeEach
  void open() throws Exception {
    StoreConfig config = StoreConfig.single(Duration.ofDays(3));
    Store.open(ENGINE.clickHouse(), config, InstantSource.system(), RANDOM);
    ENGINE.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.agents"));
    ENGINE.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.agent_groups"));
    controller = Controller.open(ENGINE.clickHouse(), () -> now);
  }

  /// An agent as it would behave: obeys what it is offered.
  private final class Agent {
    private final String uid = Identity.random(RANDOM).toString();
    private final Map<String, String> attributes = new HashMap<>();
    private final String program;
    private long sequence;
    private ConfigStatus status = ConfigStatus.NONE;

    Agent(String program, String host) {
      this.program = program;
      attributes.put("host.name", host);
    }

    ServerToAgent say(boolean all) throws ClickHouseException {
      return controller.receive(message(all), "10.0.0.7");
    }

    void connect(Controller.Channel channel) throws ClickHouseException {
      controller.receive(message(true), "10.0.0.7", channel);
    }

    private AgentToServer message(boolean all) {
      return new AgentToServer(
          uid,
          ++sequence,
          CAPABILITIES,
          all
              ? new AgentDescription(
                  Map.of("service.name", program, "service.version", "1.2"), attributes)
              : null,
          ComponentHealth.of(true, "", ""),
          null,
          status,
          false);
    }

    /// Its configuration after it has asked; null when it stays.
    @Nullable String ask() throws ClickHouseException {
      ServerToAgent.RemoteConfig config = say(true).config();
      if (config == null) {
        return null;
      }
      status = ConfigStatus.applied(config.revision());
      return config.yaml();
    }

    AgentView view() {
      return controller.agents().stream()
          .filter(view -> view.agent().uid().equals(uid))
          .findAny()
          .orElseThrow();
    }
  }

  @Test
  void registersAnAgentOnceAndNamesItByItsHost() throws Exception {
    Agent first = new Agent("deepflow-agent", "node-1");
    Agent second = new Agent("deepflow-agent", "node-1");

    assertThat(first.ask()).isNull();
    assertThat(first.ask()).isNull();
    assertThat(second.ask()).isNull();

    assertThat(controller.agents())
        .extracting(view -> view.agent().name())
        .containsExactly("node-1", "node-1-2");
    assertThat(first.view().state()).isEqualTo(AgentState.NORMAL);
    assertThat(first.view().group().name()).isEqualTo("default");
    assertThat(first.view().report())
        .isNotNull()
        .extracting(AgentReport::address)
        .isEqualTo("10.0.0.7");
  }

  @Test
  void asksAnAgentThatItDoesntKnowForAll() throws Exception {
    assertThat(new Agent("deepflow-agent", "a").say(false).reportFullState()).isTrue();
    assertThat(controller.agents()).isEmpty();
  }

  @Test
  void asksForAllAfterAGap() throws Exception {
    Agent agent = new Agent("deepflow-agent", "a");
    agent.ask();
    assertThat(agent.say(false).reportFullState()).isFalse();
    agent.sequence += 3;
    assertThat(agent.say(false).reportFullState()).isTrue();
  }

  @Test
  void offersAConfigurationUntilTheAgentSaysThatItHasIt() throws Exception {
    Agent agent = new Agent("deepflow-agent", "a");
    agent.ask();
    AgentGroup web = controller.createGroup("web", "");
    controller.configure("web", OFF);
    assertThat(agent.ask()).isNull();

    controller.updateAgent(agent.uid, null, "web", null);

    assertThat(agent.view().group()).isEqualTo(controller.group(web.id()));
    assertThat(agent.view().upToDate()).isFalse();
    assertThat(agent.ask()).contains("enabled: false");
    assertThat(agent.ask()).isNull();
    assertThat(agent.view().upToDate()).isTrue();

    controller.configure("web", null);

    assertThat(agent.ask()).isEmpty();
    assertThat(agent.ask()).isNull();
  }

  @Test
  void laysAGroupsConfigurationOverTheDefaultOne() throws Exception {
    controller.configure(
        "default", OFF + "global: {communication: {max_throughput_to_ingester: 8}}\n");
    controller.createGroup("web", "g-abcdefghij");
    controller.configure("g-abcdefghij", "external_agent_http_proxy_enabled: 1\n");
    Agent agent = new Agent("deepflow-agent", "a");
    agent.attributes.put(AgentDescription.GROUP, "web");

    assertThat(agent.ask()).contains("enabled: 1", "max_throughput_to_ingester: 8");
    assertThat(agent.view().group().name()).isEqualTo("web");
  }

  @Test
  void turnsASingleAgentOff() throws Exception {
    Agent agent = new Agent("deepflow-agent", "a");
    agent.ask();
    controller.updateAgent(agent.uid, "shop", null, false);

    assertThat(agent.ask()).contains("enabled: false");
    assertThat(agent.view().state()).isEqualTo(AgentState.DISABLED);
    assertThat(agent.view().agent().name()).isEqualTo("shop");
  }

  @Test
  void givesACollectorItsPartOnly() throws Exception {
    controller.configure("default", OFF + "collector: {exporters: {debug: {}}}\n");
    Agent collector = new Agent("otelcol", "a");

    assertThat(collector.ask()).contains("debug").doesNotContain("enabled");
  }

  @Test
  void saysWhyAnAgentCouldNotApply() throws Exception {
    controller.configure("default", OFF);
    Agent agent = new Agent("deepflow-agent", "a");
    ServerToAgent.RemoteConfig config = agent.say(true).config();
    assertThat(config).isNotNull();
    agent.status = ConfigStatus.failed(config.revision(), "the disk is full");

    assertThat(agent.ask()).isNull();
    assertThat(agent.view().exceptions()).containsExactly("configuration: the disk is full");
    assertThat(agent.view().upToDate()).isFalse();
  }

  @Test
  void sendsAtOnceToWhoKeepsAConnection() throws Exception {
    Agent agent = new Agent("otelcol", "a");
    List<ServerToAgent> sent = new ArrayList<>();
    Controller.Channel channel = sent::add;
    agent.connect(channel);

    controller.configure("default", "collector: {exporters: {debug: {}}}\n");

    assertThat(sent).extracting(ServerToAgent::config).hasSize(2).element(0).isNull();
    assertThat(sent.get(1).config()).isNotNull();
    controller.closed(agent.uid, channel);
    assertThat(agent.view().state()).isEqualTo(AgentState.LOST);
  }

  @Test
  void sendsWhatChangesWhileTheFirstAnswerIsOnItsWay() throws Exception {
    Agent agent = new Agent("otelcol", "a");
    BlockingQueue<ServerToAgent> sent = new LinkedBlockingQueue<>();
    Thread operator =
        new Thread(() -> {
          try {
            controller.configure("default", "collector: {exporters: {debug: {}}}\n");
          } catch (ControllerException | ClickHouseException e) {
            throw new IllegalStateException(e);
          }
        });

    agent.connect(message -> {
      sent.add(message);
      if (operator.getState() == Thread.State.NEW) {
        operator.start();
        await(operator);
      }
    });
    operator.join();

    assertThat(sent).extracting(ServerToAgent::config).hasSize(2).element(0).isNull();
  }

  /// Until it is through, or can't go on before the caller does.
  private static void await(Thread thread) {
    while (thread.getState() != Thread.State.TERMINATED
        && thread.getState() != Thread.State.BLOCKED) {
      Thread.onSpinWait();
    }
  }

  @Test
  void losesAnAgentThatFallsSilent() throws Exception {
    Agent agent = new Agent("deepflow-agent", "a");
    agent.ask();
    now = now.plusSeconds(90);
    assertThat(agent.view().state()).isEqualTo(AgentState.NORMAL);
    now = now.plusSeconds(10);
    assertThat(agent.view().state()).isEqualTo(AgentState.LOST);
  }

  @Test
  void atTheLimitForgetsWhoHasBeenGoneForAWeekTheLongestGoneFirst() throws Exception {
    controller = Controller.open(ENGINE.clickHouse(), () -> now, 3);
    Agent first = new Agent("deepflow-agent", "first");
    Agent second = new Agent("deepflow-agent", "second");
    Agent third = new Agent("deepflow-agent", "third");
    first.ask();
    now = now.plus(Duration.ofHours(1));
    second.ask();
    now = now.plus(Duration.ofDays(7).minusHours(2));
    third.ask();

    assertThat(failure(new Agent("deepflow-agent", "early"))).contains("knows 3 agents already");
    now = now.plus(Duration.ofHours(1).plusSeconds(1));
    new Agent("deepflow-agent", "late").ask();
    assertThat(names()).containsExactly("second", "third", "late");
    assertThat(failure(new Agent("deepflow-agent", "later"))).isNotEmpty();

    controller = Controller.open(ENGINE.reopen(), () -> now, 3);
    assertThat(names()).containsExactly("second", "third", "late");
  }

  @Test
  void neverForgetsAnAgentOfWhichAnOperatorHasSaidSomething() throws Exception {
    controller = Controller.open(ENGINE.clickHouse(), () -> now, 3);
    Agent put = new Agent("deepflow-agent", "put");
    Agent off = new Agent("deepflow-agent", "off");
    Agent connected = new Agent("otelcol", "connected");
    put.ask();
    off.ask();
    connected.connect(_ -> {});
    controller.createGroup("web", "");
    controller.updateAgent(put.uid, null, "web", null);
    controller.updateAgent(off.uid, null, null, false);
    now = now.plus(Duration.ofDays(400));

    assertThat(failure(new Agent("deepflow-agent", "new"))).isNotEmpty();
    assertThat(names()).containsExactly("put", "off", "connected");
  }

  /// Of the time before nothing is known: it may have reported a second ago.
  @Test
  void afterARestartAnAgentHasAWeekToReport() throws Exception {
    controller = Controller.open(ENGINE.clickHouse(), () -> now, 1);
    new Agent("deepflow-agent", "old").ask();
    now = now.plus(Duration.ofDays(30));
    controller = Controller.open(ENGINE.reopen(), () -> now, 1);

    assertThat(failure(new Agent("deepflow-agent", "early"))).isNotEmpty();
    now = now.plus(Duration.ofDays(8));
    new Agent("deepflow-agent", "late").ask();
    assertThat(names()).containsExactly("late");
  }

  private static String failure(Agent agent) throws ClickHouseException {
    ServerToAgent.Failure failure = agent.say(true).failure();
    return failure == null ? "" : failure.message();
  }

  private List<String> names() {
    return controller.agents().stream().map(view -> view.agent().name()).toList();
  }

  @Test
  void refusesAConfigurationThatCantBeUsedAndKeepsTheOldOne() throws Exception {
    controller.configure("default", OFF);

    assertThatThrownBy(() -> controller.configure("default", "inputs: {integration: {x: 1}}\n"))
        .isInstanceOf(ControllerException.class)
        .hasMessageContaining("no key inputs.integration.x");
    refuses(() -> controller.configure("default", "collector: &a {b: *a}\n"), "nested too deeply");
    assertThat(controller.group("default").configuration()).isEqualTo(OFF);
  }

  @Test
  void refusesGroupsThatCantBe() throws Exception {
    controller.createGroup("web", "g-abcdefghij");

    refuses(() -> controller.createGroup("web", ""), "already");
    refuses(() -> controller.createGroup("db", "g-abcdefghij"), "already");
    refuses(() -> controller.createGroup("db", "g-short"), "is no id");
    refuses(() -> controller.createGroup("", ""), "name must have");
    refuses(() -> controller.deleteGroup("default"), "can't be deleted");
    refuses(() -> controller.deleteGroup("nosuch"), "there is no group 'nosuch'");
    Agent agent = new Agent("deepflow-agent", "a");
    agent.ask();
    controller.updateAgent(agent.uid, null, "web", null);
    refuses(() -> controller.deleteGroup("web"), "1 agents are in group 'web'");
  }

  private static void refuses(ThrowingCallable call, String why) {
    assertThatThrownBy(call).isInstanceOf(ControllerException.class).hasMessageContaining(why);
  }

  @Test
  void knowsAllAgainAfterARestart() throws Exception {
    Agent agent = new Agent("deepflow-agent", "node-1");
    Agent gone = new Agent("deepflow-agent", "node-2");
    agent.ask();
    gone.ask();
    controller.createGroup("web", "g-abcdefghij");
    controller.createGroup("old", "");
    controller.configure("web", "# mine\n" + OFF);
    controller.updateAgent(agent.uid, null, "web", false);
    controller.deleteAgent(gone.uid);
    controller.deleteGroup("old");
    List<AgentGroup> groups = controller.groups();

    controller = Controller.open(ENGINE.reopen(), () -> now);

    assertThat(controller.groups()).isEqualTo(groups);
    assertThat(controller.agents()).hasSize(1);
    assertThat(agent.view().agent().group()).isEqualTo("g-abcdefghij");
    assertThat(agent.view().agent().enabled()).isFalse();
    assertThat(agent.view().state()).isEqualTo(AgentState.LOST);
    ServerToAgent answer = agent.say(false);
    assertThat(answer.reportFullState()).isTrue();
    assertThat(answer.config()).as("before the agent has said what it is").isNull();
    assertThat(agent.say(true).config()).isNotNull();
  }
}
