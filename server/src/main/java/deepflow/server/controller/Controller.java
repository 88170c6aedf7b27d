package deepflow.server.controller;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.wire.control.AgentDescription;
import deepflow.wire.control.AgentToServer;
import deepflow.wire.control.ConfigProblemsException;
import deepflow.wire.control.ConfigStatus;
import deepflow.wire.control.GroupConfigFile;
import deepflow.wire.control.ServerToAgent;
import deepflow.wire.control.ServerToAgent.RemoteConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Knows the agents and their groups, and decides what each agent shall work by. Thread-safe; calls
/// that change something wait for the store.
public final class Controller {
  private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
  static final int AGENTS_MAX = 10_000;
  static final String OURS = "deepflow-agent";

  /// An agent that asks every ten seconds, or a collector that does every thirty, may miss two.
  private static final Duration SILENCE_MIN = Duration.ofSeconds(95);

  /// Who is unseen for so long is taken for gone for good when there is no room for others.
  private static final Duration GONE = Duration.ofDays(7);

  private static final Duration RETRY = Duration.ofSeconds(30);

  private final ControllerTables tables;
  private final InstantSource clock;
  private final int agentsMax;
  private final Instant opened;
  private int tenthsTaken;
  private final Groups groups;
  private final Map<String, RegisteredAgent> agents;
  private final Map<String, AgentReport> reports = new HashMap<>();
  private final Map<String, Channel> channels = new HashMap<>();

  /// An agent that can be spoken to at any time.
  interface Channel {
    /// Doesn't wait.
    void send(ServerToAgent message);
  }

  private Controller(ControllerTables tables, InstantSource clock, int agentsMax)
      throws ClickHouseException {
    this.tables = tables;
    this.clock = clock;
    this.agentsMax = agentsMax;
    opened = clock.instant();
    agents = tables.agents();
    groups = new Groups(tables, clock);
    warnWhenNearlyFull();
  }

  /// Reads what the store knows.
  public static Controller open(ClickHouse clickHouse, InstantSource clock)
      throws ClickHouseException {
    return open(clickHouse, clock, AGENTS_MAX);
  }

  static Controller open(ClickHouse clickHouse, InstantSource clock, int agentsMax)
      throws ClickHouseException {
    return new Controller(new ControllerTables(clickHouse, clock), clock, agentsMax);
  }

  /// Takes an agent's message and answers it. An agent that was never here is registered.
  ///
  /// @param address that it comes from
  synchronized ServerToAgent receive(AgentToServer message, String address)
      throws ClickHouseException {
    String uid = message.instanceUid();
    AgentReport before = reports.get(uid);
    Instant now = clock.instant();
    boolean missed =
        message.description() == null
            && (before == null || before.sequence() + 1 != message.sequence());
    AgentReport report =
        before == null
            ? AgentReport.first(message, address, now)
            : before.next(message, address, now);
    if (!agents.containsKey(uid)) {
      if (message.description() == null) {
        return new ServerToAgent(uid, null, null, /* reportFullState= */ !message.disconnect());
      }
      if (agents.size() >= agentsMax && !forgetOne()) {
        return full(uid);
      }
      register(uid, report.description());
    }
    reports.put(uid, report);
    return new ServerToAgent(uid, null, offer(uid, report), missed && !message.disconnect());
  }

  /// Forgets the agent that has been gone for longest, of those that are in no group and not
  /// disabled.
  ///
  /// @return false when there is none
  private boolean forgetOne() throws ClickHouseException {
    Instant gone = clock.instant().minus(GONE);
    RegisteredAgent oldest =
        agents.values().stream()
            .filter(agent -> agent.group().isEmpty() && agent.enabled())
            .filter(agent -> lastSeen(agent).isBefore(gone))
            .filter(agent -> view(agent).state() == AgentState.LOST)
            .min(Comparator.comparing(this::lastSeen))
            .orElse(null);
    if (oldest == null) {
      return false;
    }
    LOG.info(
        "agent {} ({}) makes room: unseen since {}", oldest.name(), oldest.uid(), lastSeen(oldest));
    forget(oldest);
    return true;
  }

  /// When it has not reported since the start: then, for it may have reported just before.
  private Instant lastSeen(RegisteredAgent agent) {
    AgentReport report = reports.get(agent.uid());
    return report == null ? opened : report.lastSeen();
  }

  private ServerToAgent full(String uid) {
    return ServerToAgent.failed(
        uid,
        new ServerToAgent.Failure(
            "the controller knows %s agents already: delete those that are gone, with deepflow-ctl agent delete"
                .formatted(agentsMax),
            RETRY));
  }

  private void register(String uid, AgentDescription description) throws ClickHouseException {
    int number = 1 + agents.values().stream().mapToInt(RegisteredAgent::number).max().orElse(0);
    String host = description.attribute("host.name");
    String wanted = host.isEmpty() ? description.attribute("service.name") : host;
    String name = isFree(wanted) ? wanted : "%s-%s".formatted(wanted, number);
    RegisteredAgent agent =
        new RegisteredAgent(
            uid, number, name, "", true, clock.instant().truncatedTo(ChronoUnit.SECONDS));
    tables.save(agent, /* deleted= */ false);
    agents.put(uid, agent);
    warnWhenNearlyFull();
  }

  /// From 80 % on, once for each tenth.
  private void warnWhenNearlyFull() {
    int tenths = agents.size() * 10 / agentsMax;
    if (tenths >= 8 && tenths > tenthsTaken) {
      LOG.warn(
          "{} agents are known, of {} at most: delete those that are gone, with deepflow-ctl agent delete",
          agents.size(),
          agentsMax);
    }
    tenthsTaken = tenths;
  }

  private boolean isFree(String name) {
    return !name.isEmpty()
        && agents.values().stream().noneMatch(agent -> agent.name().equals(name));
  }

  /// The configuration that the agent lacks; null when it has what it shall have.
  private @Nullable RemoteConfig offer(String uid, AgentReport report) {
    RegisteredAgent agent = Objects.requireNonNull(agents.get(uid));
    RemoteConfig wanted = wanted(agent, report);
    return wanted == null || wanted.revision().equals(report.configStatus().revision())
        ? null
        : wanted;
  }

  /// Null for an agent that takes no configuration.
  private @Nullable RemoteConfig wanted(RegisteredAgent agent, AgentReport report) {
    if ((report.capabilities() & AgentToServer.ACCEPTS_REMOTE_CONFIG) == 0) {
      return null;
    }
    String program = report.description().attribute("service.name");
    if (program.isEmpty()) {
      return null; // it will say what it is: the server was restarted
    }
    Configurations all = groups.configurations(groupOf(agent, report));
    if (!program.equals(OURS)) {
      return all.collector();
    }
    return agent.enabled() ? all.agent() : all.disabled();
  }

  /// Where an operator put it, else where it asks to be, else the default group.
  private AgentGroup groupOf(RegisteredAgent agent, @Nullable AgentReport report) {
    AgentGroup put = groups.byId(agent.group());
    if (put != null) {
      return put;
    }
    String asked = report == null ? "" : report.description().attribute(AgentDescription.GROUP);
    return Objects.requireNonNullElse(groups.find(asked), groups.defaults());
  }

  /// Takes the message of an agent that can be spoken to at any time, and answers it there. What
  /// changes from then on is sent at once: between the answer and that nothing can change.
  synchronized void receive(AgentToServer message, String address, Channel channel)
      throws ClickHouseException {
    ServerToAgent answer = receive(message, address);
    if (!message.disconnect() && agents.containsKey(message.instanceUid())) {
      channels.put(message.instanceUid(), channel);
    }
    channel.send(answer);
  }

  /// An agent's connection ended.
  synchronized void closed(String uid, Channel channel) {
    if (channels.remove(uid, channel)) {
      reports.computeIfPresent(uid, (_, report) -> report.gone());
    }
  }

  private void push() {
    channels.forEach((uid, channel) -> {
      AgentReport report = reports.get(uid);
      RemoteConfig config = report == null ? null : offer(uid, report);
      if (config != null) {
        channel.send(new ServerToAgent(uid, null, config, false));
      }
    });
  }

  /// All agents, by number.
  public synchronized List<AgentView> agents() {
    return agents.values().stream()
        .sorted(Comparator.comparingInt(RegisteredAgent::number))
        .map(this::view)
        .toList();
  }

  private AgentView view(RegisteredAgent agent) {
    AgentReport report = reports.get(agent.uid());
    AgentGroup group = groupOf(agent, report);
    RemoteConfig wanted = report == null ? null : wanted(agent, report);
    return new AgentView(
        agent,
        report,
        state(agent, report, group),
        group,
        wanted == null ? "" : wanted.revision(),
        exceptions(report));
  }

  private AgentState state(RegisteredAgent agent, @Nullable AgentReport report, AgentGroup group) {
    if (report == null || !report.connected()) {
      return AgentState.LOST;
    }
    Duration silence = groups.askInterval(group).multipliedBy(3);
    Duration allowed = silence.compareTo(SILENCE_MIN) > 0 ? silence : SILENCE_MIN;
    if (report.lastSeen().plus(allowed).isBefore(clock.instant())
        && !channels.containsKey(agent.uid())) {
      return AgentState.LOST;
    }
    return agent.enabled() ? AgentState.NORMAL : AgentState.DISABLED;
  }

  private List<String> exceptions(@Nullable AgentReport report) {
    List<String> exceptions = new ArrayList<>();
    if (report == null) {
      return exceptions;
    }
    if (!report.health().healthy()) {
      exceptions.add(report.health().lastError());
    }
    report
        .health()
        .components()
        .forEach((name, part) -> {
          if (!part.healthy() && !part.lastError().isEmpty()) {
            exceptions.add(name + ": " + part.lastError());
          }
        });
    if (report.configStatus().state() == ConfigStatus.State.FAILED) {
      exceptions.add("configuration: " + report.configStatus().error());
    }
    String asked = report.description().attribute(AgentDescription.GROUP);
    if (!asked.isEmpty() && groups.find(asked) == null) {
      exceptions.add("it asks for group '%s', which isn't there".formatted(asked));
    }
    return exceptions;
  }

  /// Changes what is given; null leaves it.
  ///
  /// @param group id or name
  synchronized void updateAgent(
      String uid, @Nullable String name, @Nullable String group, @Nullable Boolean enabled)
      throws ControllerException, ClickHouseException {
    RegisteredAgent agent = agent(uid);
    if (name != null && !name.equals(agent.name())) {
      Names.check("an agent's name", name);
      if (!isFree(name)) {
        throw ControllerException.refused("there is an agent '%s' already".formatted(name));
      }
      agent = agent.withName(name);
    }
    if (group != null) {
      agent = agent.withGroup(groups.get(group).id());
    }
    if (enabled != null) {
      agent = agent.withEnabled(enabled);
    }
    tables.save(agent, /* deleted= */ false);
    agents.put(uid, agent);
    push();
  }

  /// Forgets an agent. One that is still there registers again.
  synchronized void deleteAgent(String uid) throws ControllerException, ClickHouseException {
    forget(agent(uid));
  }

  private void forget(RegisteredAgent agent) throws ClickHouseException {
    tables.save(agent, /* deleted= */ true);
    agents.remove(agent.uid());
    reports.remove(agent.uid());
    channels.remove(agent.uid());
  }

  private RegisteredAgent agent(String uid) throws ControllerException {
    RegisteredAgent agent = agents.get(uid);
    if (agent == null) {
      throw ControllerException.notFound("there is no agent %s".formatted(uid));
    }
    return agent;
  }

  /// All groups, the default one first, the others by name.
  public synchronized List<AgentGroup> groups() {
    return groups.all();
  }

  /// @param id or name
  synchronized AgentGroup group(String id) throws ControllerException {
    return groups.get(id);
  }

  /// @param id empty for a new one
  synchronized AgentGroup createGroup(String name, String id)
      throws ControllerException, ClickHouseException {
    AgentGroup created = groups.create(name, id);
    push(); // to those who have asked for it
    return created;
  }

  synchronized void deleteGroup(String id) throws ControllerException, ClickHouseException {
    AgentGroup group = groups.get(id);
    long members =
        agents.values().stream().filter(agent -> agent.group().equals(group.id())).count();
    if (members > 0) {
      throw ControllerException.refused(
          "%s agents are in group '%s': put them into another first, with deepflow-ctl agent update"
              .formatted(members, group.name()));
    }
    groups.delete(group);
    push();
  }

  /// Gives a group a configuration, or takes it away.
  ///
  /// @param yaml null for none
  /// @return what its operator should know
  synchronized List<String> configure(String id, @Nullable String yaml)
      throws ControllerException, ClickHouseException {
    AgentGroup group = groups.get(id);
    List<String> warnings = List.of();
    if (yaml != null) {
      try {
        warnings = GroupConfigFile.parse(yaml).warnings();
      } catch (ConfigProblemsException e) {
        throw ControllerException.refused(e.problems());
      }
    }
    groups.configure(group, yaml);
    push();
    return warnings;
  }
}
