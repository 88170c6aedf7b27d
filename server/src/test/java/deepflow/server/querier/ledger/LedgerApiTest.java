package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import deepflow.server.storage.AgentReport;
import deepflow.server.storage.Engine;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// What `/v1/ledger` answers, by whatever is asked.
class LedgerApiTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity AGENT = new Identity(7, 7);
  private static final Identity DEEPFLOW = Identity.ofDeepFlowAgent(3);

  private Instant now = Instant.now().truncatedTo(ChronoUnit.MINUTES).minusSeconds(600);
  private LedgerStore store;

  @BeforeEach
  void open() throws Exception {
    store = LedgerStore.open(engine.clickHouse(), () -> now);
  }

  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private void put(Identity agent, int good, int bad) throws Exception {
    store.put(
        List.of(
            new LedgerStore.Sent(agent, 1, LedgerStore.request(agent.high(), "shop", good, bad))));
  }

  /// @param asked such as `by=agent`
  /// @return each row by the names of its columns
  private List<Map<String, String>> rows(String... asked) throws Exception {
    JsonNode answer = LedgerAnswer.of(engine.clickHouse(), () -> now, asked).json();
    List<Map<String, String>> rows = new ArrayList<>();
    for (JsonNode row : answer.path("values")) {
      Map<String, String> cells = new HashMap<>();
      for (int i = 0; i < row.size(); i++) {
        cells.put(answer.path("columns").path(i).asString(), row.path(i).asString());
      }
      rows.add(cells);
    }
    return rows;
  }

  @Test
  void anAgentThatDoesNotReportHasReceivedWhatIsHereHoweverItIsAskedFor() throws Exception {
    put(DEEPFLOW, 7, 2);
    put(AGENT, 5, 1);
    store.report(AGENT, now, 1, 6, 6, 0, 0, 0, 0, 0);

    for (String step : new String[] {"step=", "step=1h"}) {
      assertThat(rows("by=minute", step))
          .as(step)
          .singleElement()
          .satisfies(minute ->
              assertThat(minute)
                  .containsEntry("received", "15")
                  .containsEntry("stored", "12")
                  .containsEntry("refused", "3"));
      assertThat(rows("by=reason", step).stream().filter(row -> row.containsValue("received")))
          .as(step)
          .singleElement()
          .satisfies(received ->
              assertThat(received).containsEntry("reason", "").containsEntry("spans", "15"));
    }
  }

  @Test
  void requestsThatAnAgentRefusedAsAWholeStandBesideItsBalance() throws Exception {
    put(AGENT, 5, 0);
    store
        .store()
        .keep(
            List.of(
                new AgentReport(AGENT, now, new LinkMessage.Report(1, 5, 5, 0, 0, 0, 0, 0, 4, 1))));

    for (String[] asked : new String[][] {{}, {"start=1"}, {"step=1h"}, {"by=minute", "step=1h"}}) {
      assertThat(rows(asked))
          .as(String.join("&", asked))
          .singleElement()
          .satisfies(row ->
              assertThat(row)
                  .containsEntry("refused_requests", "4")
                  .containsEntry("refused", "0")
                  .containsEntry("difference", "0"));
    }
    assertThat(rows("by=minute"))
        .singleElement()
        .satisfies(row -> assertThat(row).containsEntry("refused_requests", "4"));
    assertThat(rows("by=reason"))
        .contains(Map.of("fate", "refused_requests", "reason", "", "spans", "4"));
  }
}
