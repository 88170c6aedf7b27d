package deepflow.server.querier.ledger;

import deepflow.server.querier.UiApi;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LossLedger.By;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;

/// The rows of an answer by steps, or of one stretch of time.
///
/// @param words what stands before the numbers
/// @param numbers names of the numbers
record LedgerTable(By by, List<String> words, List<String> numbers) {

  /// What a stretch's spans can have become.
  private static final List<Fate> SIDES =
      List.of(
          Fate.RECEIVED,
          Fate.STORED,
          Fate.MERGED,
          Fate.QUEUED,
          Fate.REFUSED,
          Fate.EXPIRED,
          Fate.DAMAGED,
          Fate.UNACKNOWLEDGED,
          Fate.UNREPORTED);

  static LedgerTable ofSteps(By by) {
    return switch (by) {
      case AGENT -> new LedgerTable(by, List.of("time", "agent"), sides());
      case MINUTE -> new LedgerTable(by, List.of("time"), sides());
      case SERVICE -> new LedgerTable(by, List.of("time", "service"), List.of("stored", "expired"));
      case REASON -> new LedgerTable(by, List.of("time", "fate", "reason"), List.of("spans"));
    };
  }

  static LedgerTable ofStretch() {
    return new LedgerTable(By.AGENT, List.of("agent"), sides());
  }

  private static List<String> sides() {
    List<String> sides = new ArrayList<>();
    SIDES.forEach(fate -> sides.add(word(fate)));
    sides.add("difference");
    sides.add(word(Fate.REFUSED_REQUESTS));
    return sides;
  }

  private static String word(Fate fate) {
    return fate == Fate.UNREPORTED ? "in_flight" : fate.name().toLowerCase(Locale.ROOT);
  }

  /// Their names, and as in an answer of SQL which are numbers.
  void writeColumns(JsonGenerator json) {
    List<String> columns = new ArrayList<>(words);
    columns.addAll(numbers);
    UiApi.strings(json, "columns", columns);
    json.writeArrayPropertyStart("schemas");
    for (int i = 0; i < columns.size(); i++) {
      json.writeStartObject();
      json.writeStringProperty("value_type", i < words.size() ? "String" : "Int64");
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /// A row for each agent, of all that is in one stretch.
  void writeStretch(JsonGenerator json, List<LedgerEntry> entries) {
    Balance.ofStep(entries)
        .forEach((agent, balance) -> write(json, List.of(agent), figures(balance)));
  }

  void writeStep(JsonGenerator json, long time, List<LedgerEntry> entries) {
    String step = Long.toString(time);
    switch (by) {
      case AGENT ->
          Balance.ofStep(entries)
              .forEach((agent, balance) -> write(json, List.of(step, agent), figures(balance)));
      case MINUTE -> {
        List<LedgerEntry> together =
            entries.stream()
                .map(entry -> new LedgerEntry("", entry.fate(), entry.reason(), entry.spans()))
                .toList();
        Balance.ofStep(together)
            .forEach((_, balance) -> write(json, List.of(step), figures(balance)));
      }
      case SERVICE -> writeServices(json, step, entries);
      case REASON ->
          entries.forEach(entry ->
              write(
                  json, List.of(step, word(entry.fate()), entry.reason()), List.of(entry.spans())));
    }
  }

  private static void writeServices(JsonGenerator json, String step, List<LedgerEntry> entries) {
    Map<String, Balance> services =
        new TreeMap<>(
            Balance.ofStep(
                entries.stream()
                    .filter(e -> e.fate() == Fate.STORED || e.fate() == Fate.EXPIRED)
                    .toList()));
    services.forEach((service, balance) ->
        write(
            json,
            List.of(step, service),
            List.of(balance.of(Fate.STORED), balance.of(Fate.EXPIRED))));
  }

  private static List<Long> figures(Balance balance) {
    List<Long> figures = new ArrayList<>();
    SIDES.forEach(fate -> figures.add(balance.of(fate)));
    figures.add(balance.difference());
    figures.add(balance.of(Fate.REFUSED_REQUESTS));
    return figures;
  }

  private static void write(JsonGenerator json, List<String> texts, List<Long> figures) {
    json.writeStartArray();
    texts.forEach(json::writeString);
    figures.forEach(json::writeNumber);
    json.writeEndArray();
  }
}
