package deepflow.server.querier.services;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Commit;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.RetentionRule;
import deepflow.server.storage.RetentionRules;
import deepflow.server.storage.SpanReader.TimeRange;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Traces that failed are kept for 30 days and others for three. The service `shop` failed once in
/// ten times on each of six days, `audit` each time.
class CutDaysTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity AGENT = new Identity(7, 7);
  private static final int DAYS = 6;

  private static Instant today = Instant.EPOCH;
  private static Instant now = Instant.EPOCH;

  @BeforeAll
  static void storeAndCut() throws Exception {
    today = Instant.now().truncatedTo(ChronoUnit.DAYS);
    RetentionRules rules =
        new RetentionRules(List.of(RetentionRule.parse("30d status = error")), Duration.ofDays(3));
    Store store =
        Store.open(
            engine.clickHouse(), StoreConfig.single(Lifetimes.of(rules)), () -> now, new Random(1));
    for (int ago = DAYS; ago > 0; ago--) {
      now = day(ago);
      put(store, DAYS + 1 - ago);
    }
    now = today.plus(Duration.ofHours(1));
    store.expiry().run();
  }

  /// Three days and today are whole.
  private static long cutBefore() {
    return nanos(today.minus(Duration.ofDays(3)));
  }

  private static TimeRange all() {
    return new TimeRange(nanos(day(DAYS)), nanos(today));
  }

  /// Noon of it.
  private static Instant day(int ago) {
    return today.minus(Duration.ofDays(ago)).plus(Duration.ofHours(12));
  }

  private static long nanos(Instant time) {
    return TimeUnit.SECONDS.toNanos(time.getEpochSecond());
  }

  private static void put(Store store, int batch) throws Exception {
    ScopeSpans.Builder shop = ScopeSpans.newBuilder();
    ScopeSpans.Builder audit = ScopeSpans.newBuilder();
    for (int i = 0; i < 10; i++) {
      shop.addSpans(span(batch, i, i == 0));
      audit.addSpans(span(batch, 100 + i, true));
    }
    byte[] request =
        TracesData.newBuilder()
            .addResourceSpans(RandomSpans.resource("shop").addScopeSpans(shop))
            .addResourceSpans(RandomSpans.resource("audit").addScopeSpans(audit))
            .build()
            .toByteArray();
    Draft draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(AGENT, 1, batch));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    StoredBlock block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
    store.commit(block, false);
  }

  private static Span span(int batch, int number, boolean failed) {
    byte[] id = ByteBuffer.allocate(16).putLong(batch).putLong(number + 1).array();
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(id))
        .setSpanId(ByteString.copyFrom(id, 8, 8))
        .setName("buy")
        .setStartTimeUnixNano(nanos(now))
        .setEndTimeUnixNano(nanos(now) + 1)
        .setStatus(
            Status.newBuilder()
                .setCode(
                    failed
                        ? Status.StatusCode.STATUS_CODE_ERROR
                        : Status.StatusCode.STATUS_CODE_OK))
        .build();
  }

  private static ServiceList.Found services(TimeRange range) throws Exception {
    return new ServiceList(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT).find(range);
  }

  private static OperationList.Found operations(String service) throws Exception {
    return new OperationList(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
        .find(service, all());
  }

  @Test
  void servicesSayBeforeWhichDayRulesHaveTakenSpans() throws Exception {
    ServiceList.Found found = services(all());
    assertThat(found.cutBefore()).isEqualTo(OptionalLong.of(cutBefore()));
    assertThat(found.services().getLast().requests().count()).isEqualTo(3 * 10 + 3);
  }

  @Test
  void aRangeOfWholeDaysSaysNothing() throws Exception {
    assertThat(services(new TimeRange(nanos(day(3)), nanos(today))).cutBefore()).isEmpty();
    assertThat(services(new TimeRange(0, nanos(day(DAYS + 1)))).cutBefore()).isEmpty();
    assertThat(services(new TimeRange(0, Long.MAX_VALUE)).cutBefore()).hasValue(cutBefore());
  }

  @Test
  void operationsSayItOfTheirService() throws Exception {
    assertThat(operations("shop").cutBefore()).hasValue(cutBefore());
    assertThat(operations("audit").cutBefore()).isEmpty();
  }
}
