package deepflow.server.querier.ledger;

import deepflow.server.querier.UiApi;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LossLedger.By;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;

/// What an answer's rows are made of.
///
/// @param isWhole whether it is of all time: else what waits is how many more wait than before
/// @param words names of what stands before the numbers
/// @param fates whose spans are numbers; none when each fate has a row
/// @param isBalance whether the difference follows, and the requests that were refused
record LedgerTable(
    By by, boolean isWhole, List<String> words, List<Fate> fates, boolean isBalance) {

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

  /// What a stretch's spans can have become.
  private static final List<Fate> SIDES_OF_STRETCH =
      Stream.concat(SIDES.stream(), Stream.of(Fate.UNREPORTED)).toList();

  /// What is received in one minute may be stored in another: a minute has no balance of its own.
  private static final List<Fate> FLOWS =
      List.of(
          Fate.RECEIVED,
          Fate.STORED,
          Fate.MERGED,
          Fate.REFUSED,
          Fate.EXPIRED,
          Fate.DAMAGED,
          Fate.UNACKNOWLEDGED,
          Fate.REFUSED_REQUESTS);

  private static final List<Fate> OF_SERVICE = List.of(Fate.STORED, Fate.EXPIRED);

  /// All of any time.
  static LedgerTable ofAll(By by) {
    return switch (by) {
      case AGENT -> new LedgerTable(by, true, List.of("agent"), SIDES, true);
      case MINUTE -> new LedgerTable(by, true, List.of("minute"), FLOWS, false);
      case SERVICE -> new LedgerTable(by, true, List.of("service"), OF_SERVICE, false);
      case REASON -> new LedgerTable(by, true, List.of("fate", "reason"), List.of(), false);
    };
  }

  /// Each agent's balance between two times.
  static LedgerTable ofStretch() {
    return new LedgerTable(By.AGENT, false, List.of("agent"), SIDES_OF_STRETCH, true);
  }

  /// The same of steps, whose time stands first; by minute of all agents together.
  static LedgerTable ofSteps(By by) {
    return switch (by) {
      case AGENT -> new LedgerTable(by, false, List.of("time", "agent"), SIDES_OF_STRETCH, true);
      case MINUTE -> new LedgerTable(by, false, List.of("time"), SIDES_OF_STRETCH, true);
      case SERVICE -> new LedgerTable(by, false, List.of("time", "service"), OF_SERVICE, false);
      case REASON ->
          new LedgerTable(by, false, List.of("time", "fate", "reason"), List.of(), false);
    };
  }

  private static String word(Fate fate) {
    return fate == Fate.UNREPORTED ? "in_flight" : fate.name().toLowerCase(Locale.ROOT);
  }

  private List<String> numbers() {
    if (fates.isEmpty()) {
      return List.of("spans");
    }
    List<String> numbers = new ArrayList<>(fates.stream().map(LedgerTable::word).toList());
    if (isBalance) {
      numbers.add("difference");
      numbers.add(word(Fate.REFUSED_REQUESTS));
    }
    return numbers;
  }

  /// Their names, and as in an answer of SQL which are numbers.
  void writeColumns(JsonGenerator json) {
    json.writeStringProperty("by", by.name().toLowerCase(Locale.ROOT));
    List<String> columns = new ArrayList<>(words);
    columns.addAll(numbers());
    UiApi.strings(json, "columns", columns);
    json.writeArrayPropertyStart("schemas");
    for (int i = 0; i < columns.size(); i++) {
      json.writeStartObject();
      json.writeStringProperty("value_type", i < words.size() ? "String" : "Int64");
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /// Rows of one stretch of time.
  ///
  /// @param time what stands first in each of them, or nothing
  void writeRows(JsonGenerator json, List<String> time, List<LedgerEntry> entries) {
    if (fates.isEmpty()) {
      entries.stream()
          .filter(entry -> !isWhole || entry.fate() != Fate.UNREPORTED)
          .forEach(entry ->
              write(json, and(time, word(entry.fate()), entry.reason()), List.of(entry.spans())));
    } else {
      balances(entries)
          .forEach((key, balance) ->
              write(json, isTogether() ? time : and(time, key), figures(balance)));
    }
  }

  private boolean isTogether() {
    return by == By.MINUTE && !isWhole;
  }

  private Map<String, Balance> balances(List<LedgerEntry> entries) {
    if (isWhole && isBalance) {
      return Balance.of(entries);
    }
    return Balance.ofStep(
        entries.stream()
            .filter(entry -> isBalance || fates.contains(entry.fate()))
            .map(entry -> isTogether() ? entry.of("") : entry)
            .toList());
  }

  private List<Long> figures(Balance balance) {
    List<Long> figures = new ArrayList<>(fates.stream().map(balance::of).toList());
    if (isBalance) {
      figures.add(balance.difference());
      figures.add(balance.of(Fate.REFUSED_REQUESTS));
    }
    return figures;
  }

  private static List<String> and(List<String> words, String... more) {
    return Stream.concat(words.stream(), Stream.of(more)).toList();
  }

  private static void write(JsonGenerator json, List<String> texts, List<Long> figures) {
    json.writeStartArray();
    texts.forEach(json::writeString);
    figures.forEach(json::writeNumber);
    json.writeEndArray();
  }
}
