package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Agents are shown by the names that they have when the question is asked.
class AgentNamesTest {
  @RegisterExtension static final Engine engine = new Engine();

  /// The one that [SpanStore] sends as.
  private static final String UID = "00000000000000010000000000000001";

  private long version;

  @BeforeAll
  static void store() throws Exception {
    new SpanStore(engine.clickHouse(), 1)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .addScopeSpans(
                            ScopeSpans.newBuilder()
                                .addSpans(
                                    Span.newBuilder()
                                        .setTraceId(ByteString.fromHex("0" + "1".repeat(31)))
                                        .setSpanId(ByteString.fromHex("1".repeat(16)))
                                        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
                                        .setStartTimeUnixNano(1_700_000_000_000_000_000L)
                                        .setEndTimeUnixNano(1_700_000_000_000_000_001L))))
                .build());
  }

  @BeforeEach
  void forget() throws ClickHouseException {
    engine.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.agents"));
  }

  private void register(String uid, String name, int deleted) throws ClickHouseException {
    engine
        .clickHouse()
        .execute(
            Query.of(
                    "INSERT INTO deepflow.agents (uid, version, number, name, enabled, deleted)"
                        + " SELECT unhex({uid:String}), {version:UInt64}, 1, {name:String}, 1,"
                        + " {deleted:UInt8}")
                .with("uid", uid)
                .with("version", Long.toString(++version))
                .with("name", name)
                .with("deleted", Integer.toString(deleted)));
  }

  private static String values(String sql) {
    return AskedSql.values(engine, "", sql).toString();
  }

  @ParameterizedTest
  @CsvSource({"agent", "vtap"})
  void anAgentIsShownAndFoundByItsName(String tag) throws Exception {
    register(UID, "node-1", 0);
    register("f".repeat(32), "node-2", 0);

    String sql = "SELECT %1$s, Count(row) AS n FROM l7_flow_log %2$s GROUP BY %1$s";
    assertThat(values(sql.formatted(tag, ""))).isEqualTo("[[\"node-1\",1]]");
    assertThat(values(sql.formatted(tag, "WHERE %s = 'node-1'".formatted(tag))))
        .isEqualTo("[[\"node-1\",1]]");
    assertThat(values(sql.formatted(tag, "WHERE %s != 'node-1'".formatted(tag)))).isEqualTo("[]");
    assertThat(values(sql.formatted(tag, "WHERE %s IN ('node-2')".formatted(tag)))).isEqualTo("[]");
  }

  @Test
  void aNewNameIsThatOfTheRowsFromBefore() throws Exception {
    register(UID, "node-1", 0);
    String sql = "SELECT agent FROM l7_flow_log";
    String id = values("SELECT agent_id FROM l7_flow_log");
    assertThat(values(sql)).isEqualTo("[[\"node-1\"]]");

    register(UID, "edge", 0);

    assertThat(values(sql)).isEqualTo("[[\"edge\"]]");
    assertThat(values("SELECT agent_id FROM l7_flow_log")).isEqualTo(id);
  }

  @Test
  void aDeletedAgentKeepsItsNameForTheSpansThatItSent() throws Exception {
    register(UID, "node-1", 0);
    register(UID, "node-1", 1);

    assertThat(values("SELECT agent FROM l7_flow_log")).isEqualTo("[[\"node-1\"]]");
  }

  @Test
  void anAgentThatNeverRegisteredIsShownByTheIdOfItsQueue() {
    String own = "[[\"%s\"]]".formatted(UID);
    assertThat(values("SELECT agent FROM l7_flow_log")).isEqualTo(own);
    assertThat(values("SELECT agent FROM l7_flow_log WHERE agent = '%s'".formatted(UID)))
        .isEqualTo(own);
  }
}
