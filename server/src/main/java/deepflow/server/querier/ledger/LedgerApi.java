package deepflow.server.querier.ledger;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.UiApi;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LossLedger.By;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// `GET /v1/ledger`: what became of every span.
///
/// | parameter | meaning |
/// |---|---|
/// | by | `agent` (when not given), `minute`, `service` or `reason` |
/// | start, end | ns since 1970-01-01 UTC; not given: all until now |
///
/// The answer is `{"by","columns":[…],"schemas":[{"value_type"},…],"values":[[…],…]}`. By agent the
/// columns are the sides of the balance and its difference; by minute what came and went in it, as
/// far as that is of one minute; by service what is stored and expired; by reason the fate, the
/// reason and the spans.
public final class LedgerApi {

  /// What is received in one minute may be stored in another: a minute has no balance of its own.
  private static final List<Fate> FLOWS =
      List.of(
          Fate.RECEIVED,
          Fate.STORED,
          Fate.MERGED,
          Fate.REFUSED,
          Fate.EXPIRED,
          Fate.DAMAGED,
          Fate.UNACKNOWLEDGED);

  private static final List<Fate> SIDES =
      List.of(
          Fate.RECEIVED,
          Fate.STORED,
          Fate.MERGED,
          Fate.QUEUED,
          Fate.REFUSED,
          Fate.EXPIRED,
          Fate.DAMAGED,
          Fate.UNACKNOWLEDGED);

  private final LossLedger ledger;
  private final InstantSource clock;
  private final UiApi ui;

  /// Publishes that ledger.
  public LedgerApi(LossLedger ledger, InstantSource clock, UiApi ui) {
    this.ledger = ledger;
    this.clock = clock;
    this.ui = ui;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/ledger", ui.serve(this::answer));
  }

  private Consumer<JsonGenerator> answer(Parameters asked) throws ClickHouseException {
    By by = by(asked.text("by"));
    long now = clock.instant().getEpochSecond();
    long from = TimeUnit.NANOSECONDS.toSeconds(asked.time("start", 0));
    long to = TimeUnit.NANOSECONDS.toSeconds(asked.time("end", TimeUnit.SECONDS.toNanos(now)));
    if (to < from) {
      throw new RefusedException("end is before start");
    }
    List<LedgerEntry> entries = ledger.entries(by, from, to);
    if (entries.size() > LossLedger.ROWS_MAX) {
      throw new RefusedException("that is too much: narrow start and end");
    }
    return json -> {
      json.writeStringProperty("by", by.name().toLowerCase(Locale.ROOT));
      UiApi.strings(json, "columns", columns(by));
      schemas(by, json);
      json.writeArrayPropertyStart("values");
      values(by, entries, json);
      json.writeEndArray();
    };
  }

  private static By by(String text) {
    return switch (text) {
      case "", "agent" -> By.AGENT;
      case "minute" -> By.MINUTE;
      case "service" -> By.SERVICE;
      case "reason" -> By.REASON;
      default -> throw new RefusedException("by must be agent, minute, service or reason");
    };
  }

  private static String word(Fate fate) {
    return fate.name().toLowerCase(Locale.ROOT);
  }

  private static List<String> columns(By by) {
    List<String> columns = new ArrayList<>();
    switch (by) {
      case AGENT -> {
        columns.add("agent");
        SIDES.forEach(side -> columns.add(word(side)));
        columns.add("difference");
      }
      case MINUTE -> {
        columns.add("minute");
        FLOWS.forEach(flow -> columns.add(word(flow)));
      }
      case SERVICE -> columns.addAll(List.of("service", "stored", "expired"));
      case REASON -> columns.addAll(List.of("fate", "reason", "spans"));
    }
    return columns;
  }

  /// As in an answer of SQL: which columns are numbers.
  private static void schemas(By by, JsonGenerator json) {
    int words = by == By.REASON ? 2 : 1;
    json.writeArrayPropertyStart("schemas");
    for (int i = 0; i < columns(by).size(); i++) {
      json.writeStartObject();
      json.writeStringProperty("value_type", i < words ? "String" : "Int64");
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void values(By by, List<LedgerEntry> entries, JsonGenerator json) {
    switch (by) {
      case AGENT -> Balance.of(entries).forEach((agent, balance) -> agent(agent, balance, json));
      case MINUTE -> minutes(entries, json);
      case SERVICE -> services(entries, json);
      case REASON -> entries.forEach(entry -> reason(entry, json));
    }
  }

  private static void agent(String agent, Balance balance, JsonGenerator json) {
    json.writeStartArray();
    json.writeString(agent);
    SIDES.forEach(side -> json.writeNumber(balance.of(side)));
    json.writeNumber(balance.difference());
    json.writeEndArray();
  }

  private static void minutes(List<LedgerEntry> entries, JsonGenerator json) {
    Map<String, Map<Fate, Long>> minutes = new TreeMap<>();
    for (LedgerEntry entry : entries) {
      minutes
          .computeIfAbsent(entry.key(), _ -> new EnumMap<>(Fate.class))
          .merge(entry.fate(), entry.spans(), Long::sum);
    }
    minutes.forEach((minute, spans) -> {
      json.writeStartArray();
      json.writeString(minute);
      FLOWS.forEach(flow -> json.writeNumber(spans.getOrDefault(flow, 0L)));
      json.writeEndArray();
    });
  }

  private static void services(List<LedgerEntry> entries, JsonGenerator json) {
    Map<String, long[]> services = new TreeMap<>();
    for (LedgerEntry entry : entries) {
      if (entry.fate() == Fate.STORED || entry.fate() == Fate.EXPIRED) {
        services
                .computeIfAbsent(entry.key(), _ -> new long[2])[
                entry.fate() == Fate.STORED ? 0 : 1] +=
            entry.spans();
      }
    }
    services.forEach((service, spans) -> {
      json.writeStartArray();
      json.writeString(service);
      json.writeNumber(spans[0]);
      json.writeNumber(spans[1]);
      json.writeEndArray();
    });
  }

  private static void reason(LedgerEntry entry, JsonGenerator json) {
    if (entry.fate() != Fate.UNREPORTED) {
      json.writeStartArray();
      json.writeString(word(entry.fate()));
      json.writeString(entry.reason());
      json.writeNumber(entry.spans());
      json.writeEndArray();
    }
  }
}
