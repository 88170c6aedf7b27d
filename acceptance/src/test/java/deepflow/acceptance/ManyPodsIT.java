package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// A big cluster that changes, with a real API server that is slow, silent, away, restarted or has
/// forgotten where the server's watches were: labels are right again within 5 s, memory is bounded,
/// and spans are taken as if nothing were. 500 pods, in the long tier 10,000.
@Tag("alone") // it measures time
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ManyPodsIT {
  private static final int PODS = Tier.times(500, 10_000);
  private static final int CHANGES = Tier.times(400, 2_000);

  /// Four changes each 40 ms.
  private static final int CHANGES_A_STEP = 4;

  private static final Duration STEP = Duration.ofMillis(40);
  private static final Duration TROUBLE = Duration.ofSeconds(Tier.times(2, 15));

  private static final Duration START = Duration.ofSeconds(60);

  /// The promises.
  private static final Duration RIGHT_AGAIN = Duration.ofSeconds(5);

  private static final long MEMORY_MAX = 200L << 20;

  /// The API server and all that makes changes need the processors, too.
  private static final Duration ALLOWANCE = Duration.ofSeconds(1);

  private static final int SAMPLE = 20;
  private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
  private static final AtomicInteger PROBES = new AtomicInteger();

  private Path folder = Path.of("");
  private KubernetesApi kubernetes;
  private SlowLink link;
  private DeepFlow up;
  private ServerClient server;
  private ManyPods pods;
  private IngestPulse pulse;
  private IngestPulse.Beat quiet;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    kubernetes = KubernetesApi.start(temporary);
    link = SlowLink.to(kubernetes.url().getPort());
    up =
        DeepFlow.up(
                temporary.resolve("data"), "--kubeconfig", kubernetes.kubeconfigBy(link).toString())
            .start();
    server = new ServerClient(up.address());
    pods = new ManyPods(kubernetes);
    pods.create(0, 1);
    // The client's classes, and the first lists.
    Patience.await(START, () -> assertThat(labels(List.of(0))).containsEntry(0, pods.labels(0)));
    pulse = IngestPulse.on(up.address());
    Thread.sleep(TROUBLE);
    quiet = pulse.take();
    Report.say("ingest, before there are many pods", quiet);
  }

  @AfterAll
  void stop() throws Exception {
    if (pulse != null) {
      pulse.close();
      assertThat(pulse.failures()).isEmpty();
      pods.close();
    }
    if (up != null) {
      up.stop();
      link.close();
    }
    if (kubernetes != null) {
      kubernetes.close();
    }
  }

  /// What one span of each of these pods, sent now, says who it is.
  private Map<Integer, String> labels(List<Integer> numbers) throws Exception {
    String probe = "probe-" + PROBES.incrementAndGet();
    TracesData.Builder request = TracesData.newBuilder();
    numbers.forEach(number -> request.addResourceSpans(span(probe, number)));
    int status =
        OtlpPost.from(
            "127.0.0.1",
            up.address().deepFlowTraces(),
            "application/x-protobuf",
            request.build().toByteArray());
    assertThat(status).isEqualTo(200);
    Map<Integer, String> found = new TreeMap<>();
    Patience.await(
        RIGHT_AGAIN,
        () -> {
          // Whoever asks all the time takes the processors from those who are asked.
          Thread.sleep(100);
          server
              .query(
                  "SELECT endpoint, pod_1, `k8s.label.turn_1` FROM l7_flow_log WHERE app_service = '%s' LIMIT 10000"
                      .formatted(probe))
              .forEach(row ->
                  found.put(
                      row.get(0).asInt(), row.get(1).asString() + " " + row.get(2).asString()));
          assertThat(found).hasSize(numbers.size());
        });
    return found;
  }

  private static ResourceSpans span(String probe, int number) {
    long now = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
    return ResourceSpans.newBuilder()
        .setResource(
            Resource.newBuilder()
                .addAttributes(OneSpan.attribute("service.name", probe))
                .addAttributes(OneSpan.attribute("app.host.ip", ManyPods.address(number))))
        .addScopeSpans(
            ScopeSpans.newBuilder()
                .addSpans(
                    Span.newBuilder()
                        .setName(Integer.toString(number))
                        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
                        .setTraceId(ByteString.copyFromUtf8("%16s".formatted(probe)))
                        .setSpanId(ByteString.copyFromUtf8("%8s".formatted(number)))
                        .setStartTimeUnixNano(now)
                        .setEndTimeUnixNano(now + 1_000)))
        .build();
  }

  /// Sends until every label is right; says what it took.
  private void rightSoon(String after, List<Integer> numbers) throws Exception {
    long start = System.nanoTime();
    Map<Integer, String> wanted = new TreeMap<>();
    numbers.forEach(number -> wanted.put(number, pods.labels(number)));
    Patience.await(RIGHT_AGAIN, () -> assertThat(labels(numbers)).isEqualTo(wanted));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(took).as(after).isLessThan(RIGHT_AGAIN);
    Report.say("%s: labels of %s pods right after".formatted(after, numbers.size()), took);
  }

  /// Spans went on to be acknowledged and stored.
  private void ingestDidNotWait(String during) throws Exception {
    IngestPulse.Beat beat = pulse.take();
    Report.say("ingest, " + during, beat);
    Duration bound = quiet.stored().multipliedBy(2).plus(ALLOWANCE);
    assertThat(beat.stored()).as("%s: %s", during, beat).isLessThan(bound);
    assertThat(beat.median()).as("%s: %s", during, beat).isLessThan(ALLOWANCE);
  }

  private static List<Integer> numbers(int from, int until) {
    return IntStream.range(from, until).boxed().toList();
  }

  /// Bytes of live objects in the process of agent and server.
  private long liveBytes() throws Exception {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    String pid = Long.toString(up.process().pid());
    String histogram = Ran.of(folder, List.of(jcmd.toString(), pid, "GC.class_histogram"), "").ok();
    Matcher total = TOTAL.matcher(histogram);
    assertThat(total.find()).isTrue();
    return Long.parseLong(total.group(1));
  }

  @Test
  @Order(1)
  void manyPodsTakeLittleMemory() throws Exception {
    long before = liveBytes();

    pods.create(1, PODS);
    rightSoon("%s pods".formatted(PODS), numbers(0, PODS));

    long grown = liveBytes() - before;
    Report.say("live objects for %s pods, MiB".formatted(PODS), grown >> 20);
    assertThat(grown).isLessThan(MEMORY_MAX);
    ingestDidNotWait("while pods are made as fast as the API server can");
  }

  @Test
  @Order(2)
  void aHundredChangesASecondAreFollowed() throws Exception {
    long before = liveBytes();
    int steps = CHANGES / CHANGES_A_STEP;
    AtomicInteger newest = new AtomicInteger(-1);
    try (ExecutorService churn = Executors.newSingleThreadExecutor()) {
      Future<Duration> all = churn.submit(() -> pods.churn(steps, PODS / 2, STEP, newest::set));
      Patience.await(RIGHT_AGAIN, () -> assertThat(newest).hasNonNegativeValue());
      Duration worst = Duration.ZERO;
      while (!all.isDone()) {
        Duration took = untilRight(newest.get());
        worst = took.compareTo(worst) > 0 ? took : worst;
      }
      Report.say("changes a second", CHANGES * 1_000L / all.get().toMillis());
      Report.say("the slowest label meanwhile", worst);
      assertThat(worst).isLessThan(RIGHT_AGAIN);
    }
    rightSoon("all that was replaced", numbers(0, steps));
    rightSoon("all that got another label", numbers(PODS / 2, PODS / 2 + 2 * steps));
    ingestDidNotWait("while pods are replaced");
    long grown = liveBytes() - before;
    Report.say("live objects for pods that are gone, MiB", grown >> 20);
    assertThat(grown).isLessThan(MEMORY_MAX);
  }

  private Duration untilRight(int number) throws Exception {
    long start = System.nanoTime();
    Patience.await(
        RIGHT_AGAIN,
        () -> assertThat(labels(List.of(number))).containsEntry(number, pods.labels(number)));
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Test
  @Order(3)
  void aSlowApiServerIsFollowed() throws Exception {
    link.delay(Duration.ofMillis(30));
    link.limit(100_000);
    pods.replace(0, SAMPLE);
    rightSoon("changes by a slow API server", numbers(0, SAMPLE));
    link.heal();
    ingestDidNotWait("with a slow API server");
  }

  @Test
  @Order(4)
  void anApiServerThatIsSilentIsHeardAgain() throws Exception {
    link.hang();
    isHeardAgain("a silent API server");
  }

  @Test
  @Order(5)
  void anApiServerThatCannotBeReachedIsFoundAgain() throws Exception {
    link.refuse();
    isHeardAgain("an API server out of reach");
  }

  /// After a trouble that is there: labels stay as they were, and are right soon when it is gone.
  private void isHeardAgain(String trouble) throws Exception {
    String before = pods.labels(0);
    pods.replace(0, SAMPLE);
    Thread.sleep(TROUBLE);
    assertThat(labels(List.of(0))).containsEntry(0, before);
    link.heal();
    rightSoon(trouble, numbers(0, SAMPLE));
    ingestDidNotWait("with " + trouble);
  }

  @Test
  @Order(6)
  void watchesThatTheApiServerHasForgottenBeginAnew() throws Exception {
    link.refuse();
    try (KubernetesHttp api = kubernetes.http()) {
      String reached = api.version();
      pods.replace(0, SAMPLE);
      kubernetes.killServer();
      kubernetes.restartServer();
      kubernetes.compact();
      Patience.await(
          RIGHT_AGAIN, () -> assertThat(api.watchPods(reached)).contains("\"code\":410"));
    }
    link.heal();
    rightSoon("watches that have expired", numbers(0, SAMPLE));
    ingestDidNotWait("with watches that have expired");
  }

  @Test
  @Order(7)
  void aRestartedApiServerIsFoundAgain() throws Exception {
    kubernetes.killServer();
    Thread.sleep(TROUBLE);
    kubernetes.restartServer();
    pods.replace(0, SAMPLE);
    rightSoon("an API server's restart", numbers(0, SAMPLE));
    rightSoon("all pods, after all of it", numbers(0, PODS));
    ingestDidNotWait("with an API server that restarts");
  }
}
