package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.receive.FrameListener;
import deepflow.server.ingester.receive.LinkMetrics;
import deepflow.server.ingester.receive.ReceivedBatch;
import deepflow.server.ingester.receive.Session;
import deepflow.server.ingester.receive.Sessions;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Expiry;
import deepflow.server.storage.Rollups;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoreException;
import deepflow.server.storage.WallClock;
import deepflow.wire.frame.Identity;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Steps ④ to ⑦: takes batches from agents and puts their spans into the store, each exactly once.
/// Runs from [#start] to [#close].
public final class Ingester implements IngestStatus, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Ingester.class);

  private static final Duration ASIDE_RETRY = Duration.ofSeconds(5);

  private static final Duration FIRST_EXPIRY = Duration.ofSeconds(2);

  /// Also after one that failed: the disk may be full.
  private static final Duration EXPIRY_PAUSE = Duration.ofMinutes(1);

  /// Each rollup that fails leaves rows that never count.
  private static final Duration ROLLUP_PAUSE_MAX = Duration.ofMinutes(5);

  private final IngesterConfig config;
  private final Sessions sessions;
  private final Identity store;
  private final List<Lane> lanes;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ObjectMapper json = new ObjectMapper();
  private final LateLabels late;
  private final FrameListener listener;
  private final Reports reports;
  private final Rounds expiry;
  private final Rounds rollups;

  private Ingester(
      IngesterConfig config,
      Store store,
      ClickHouse clickHouse,
      Supplier<LabelSnapshot> labels,
      MeterRegistry registry,
      InstantSource clock)
      throws IOException, ClickHouseException {
    this.config = config;
    this.store = store.identity();
    sessions = new Sessions(store.positions(), store.lastSeen());
    var metrics = new IngestMetrics(registry);
    var aside = new SetAside(config.aside(), ASIDE_RETRY);
    late = new LateLabels(labels, store, registry, clock);
    lanes =
        IntStream.range(0, config.lanes())
            .mapToObj(number ->
                new Lane(
                    number,
                    config,
                    store,
                    () -> new Draft(labels, late),
                    aside,
                    metrics,
                    clock,
                    this::fail))
            .toList();
    listener =
        FrameListener.open(
            config.listen(),
            config.tls(),
            sessions,
            this::put,
            this.store,
            new LinkMetrics(registry),
            clock);
    lanes.forEach(Lane::start);
    reports = Reports.start(sessions, store, registry);
    expiry = expiry(store.expiry(), registry);
    expiry.start(FIRST_EXPIRY);
    rollups =
        rollups(new Rollups(clickHouse, store, metrics::rolledUp, config.rollups()), registry);
    rollups.start(config.rollups().pause());
    late.start();
  }

  /// Opens the store, completes what a crash left behind, and listens.
  ///
  /// @param labels gives the snapshot in use
  /// @throws IOException when the address can't be had
  /// @throws StoreException when the store's tables are not those of this version
  public static Ingester start(
      IngesterConfig config,
      ClickHouse clickHouse,
      Supplier<LabelSnapshot> labels,
      MeterRegistry registry,
      InstantSource clock)
      throws IOException, ClickHouseException, StoreException {
    var store =
        Store.open(
            clickHouse,
            StoreConfig.single(config.retention()).withMetricsKeys(config.metricsKeys()),
            new WallClock(clock, System::nanoTime, config.clockTrial()),
            new SecureRandom());
    return new Ingester(config, store, clickHouse, labels, registry, clock);
  }

  /// In a thread of its own, since to cut a day by rules takes as long as there are spans in it.
  /// What is broken off is found and completed, or made again, after the next start.
  private static Rounds expiry(Expiry expiry, MeterRegistry registry) {
    return new Rounds(
        "expiry",
        "days whose time is over",
        new Pauses(EXPIRY_PAUSE, EXPIRY_PAUSE),
        () -> {
          expiry.run();
          return false;
        },
        registry);
  }

  /// What is broken off is made again after the next start.
  private Rounds rollups(Rollups rollups, MeterRegistry registry) {
    return new Rounds(
        "roll up",
        "minutes of metrics and the service graph",
        new Pauses(config.rollups().pause(), ROLLUP_PAUSE_MAX),
        rollups::rollUp,
        registry);
  }

  /// The port on which agents are served.
  public int port() {
    return listener.port();
  }

  /// Names the store.
  public Identity storeIdentity() {
    return store;
  }

  private void put(ReceivedBatch batch) throws InterruptedException {
    lanes.get(laneOf(batch.session().agent())).put(batch);
  }

  /// Always the same for an agent: its batches stay in their order.
  private int laneOf(Identity agent) {
    return Math.floorMod(Long.hashCode(agent.high() ^ agent.low()), lanes.size());
  }

  private void fail(Throwable reason) {
    if (failure.compareAndSet(null, reason)) {
      LOG.error("ingest stops: agents keep their data until the server is started again", reason);
    }
    listener.close();
  }

  @Override
  public Optional<String> failure() {
    return Optional.ofNullable(failure.get()).map(Throwable::toString);
  }

  @Override
  public List<AgentStatus> agents() {
    return sessions.all().stream().map(this::status).toList();
  }

  private AgentStatus status(Session session) {
    JsonNode about = about(session.about());
    return new AgentStatus(
        session.agent().toString(),
        about.path("host").asString(""),
        about.path("version").asString(""),
        about.path("otlp").valueStream().map(url -> url.asString("")).toList(),
        session.isConnected(),
        session.committed(),
        session.lastSeen());
  }

  private JsonNode about(String text) {
    try {
      return json.readTree(text);
    } catch (JacksonException _) {
      return json.createObjectNode();
    }
  }

  /// Takes no more, stores what was taken, tells the agents, and ends. What can't be stored in time
  /// stays with the agents. Idempotent.
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    listener.stopReading();
    rollups.close();
    expiry.close();
    lanes.forEach(Lane::drain);
    try {
      for (Lane lane : lanes) {
        if (failure.get() == null && !lane.awaitDrained(config.drainMax())) {
          LOG.warn("the store is too busy: what it didn't take stays with the agents");
        }
      }
      for (Lane lane : lanes) {
        lane.stop();
      }
      late.close();
      listener.awaitAcknowledged();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    listener.close();
    reports.close();
  }
}
