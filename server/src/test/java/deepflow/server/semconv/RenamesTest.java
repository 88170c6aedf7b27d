package deepflow.server.semconv;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.semconv.RenameFile.Rename;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RenamesTest {

  private static List<String> keys(String name) {
    return Renames.of(name).stream().map(Reading::key).toList();
  }

  @Test
  void everyRenameIsReadInBothDirections() {
    List<Rename> renames = RenameFile.all();
    assertThat(renames).hasSizeGreaterThan(160);
    for (Rename rename : renames) {
      String from = rename.from().replace(".*", ".some.key");
      String to = rename.to().replace(".*", ".some.key");
      if (!rename.forward().isEmpty()) {
        assertThat(keys(to)).as("%s by %s", from, to).contains(from);
      }
      if (!rename.backward().isEmpty()) {
        assertThat(keys(from)).as("%s by %s", to, from).contains(to);
      }
    }
  }

  @Test
  void aNameIsReadByItselfFirstThenTheNewestThenTheOlderOnes() {
    assertThat(keys("net.sock.peer.addr"))
        .containsExactly("net.sock.peer.addr", "network.peer.address", "net.peer.ip");
    assertThat(keys("network.peer.address"))
        .containsExactly("network.peer.address", "net.sock.peer.addr", "net.peer.ip");
    assertThat(keys("http.resend_count"))
        .containsExactly("http.resend_count", "http.request.resend_count", "http.retry_count");
    assertThat(keys("net.protocol.name"))
        .containsExactly(
            "net.protocol.name",
            "network.protocol.name",
            "net.app.protocol.name",
            "messaging.protocol");
  }

  @Test
  void followsAChainToItsEnd() {
    assertThat(keys("db.namespace")).contains("db.name", "db.cassandra.keyspace");
    assertThat(keys("messaging.kafka.partition")).contains("messaging.destination.partition.id");
    assertThat(Renames.of("messaging.destination.partition.id"))
        .contains(new Reading("messaging.kafka.partition", Kinds.ANY, Conversion.Text.TEXT));
  }

  @Test
  void siblingsAreOtherThings() {
    assertThat(keys("db.cassandra.table"))
        .contains("db.collection.name")
        .doesNotContain("db.mongodb.collection", "db.sql.table");
  }

  @Test
  void aNameThatNeverChangedStandsForItself() {
    assertThat(Renames.of("shop.region"))
        .containsExactly(new Reading("shop.region", Kinds.ANY, Conversion.Same.SAME));
    assertThat(keys("k8s.pod.labels.")).containsExactly("k8s.pod.labels.");
  }

  @Test
  void onlyPlainKeysAreTheSameInEverySpan() {
    assertThat(Renames.plainKeys("server.address"))
        .containsExactly("server.address", "http.server_name", "tls.client.server_name");
    assertThat(Renames.plainKeys("db.system.name")).containsExactly("db.system.name");
  }

  @Test
  void ofManyOldValuesTheFirstIsShownAndEachIsRead() {
    assertThat(Renames.of("db.system"))
        .anySatisfy(reading -> {
          assertThat(reading.conversion()).isInstanceOf(Conversion.Values.class);
          Conversion.Values values = (Conversion.Values) reading.conversion();
          assertThat(values.table())
              .containsEntry("intersystems.cache", "intersystems_cache")
              .containsEntry("other_sql", "other_sql");
        });
    assertThat(ofNew("db.system", "db.system.name", "other_sql"))
        .containsExactly("other_sql", "cloudscape", "firstsql", "mssqlcompact");
    assertThat(ofNew("gen_ai.system", "gen_ai.provider.name", "gcp.gemini"))
        .containsExactly("gemini", "gcp.gemini");
  }

  /// What an old name has for a new one's value, by each of its readings.
  private static List<String> ofNew(String old, String now, String value) {
    return Renames.of(old).stream()
        .filter(reading -> reading.key().equals(now))
        .map(Reading::conversion)
        .map(Conversion.Values.class::cast)
        .map(values -> values.table().get(value))
        .distinct()
        .toList();
  }

  @Test
  void kindsThatExcludeEachOtherDontMeet() {
    assertThat(Kinds.CALLING.and(Kinds.SERVING)).isEqualTo(Optional.empty());
    assertThat(Kinds.ANY.and(Kinds.SERVING)).contains(Kinds.SERVING);
    assertThat(Kinds.SERVING.and(Kinds.ANY)).contains(Kinds.SERVING);
  }
}
