package deepflow.server.querier.ledger;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.UiApi;
import deepflow.server.querier.ledger.LossLedger.By;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;

/// `GET /v1/ledger`: what became of every span.
///
/// | parameter | meaning |
/// |---|---|
/// | by | `agent` (when not given), `minute`, `service` or `reason` |
/// | start, end (or from, to) | ns since 1970-01-01 UTC, of whose minutes all is counted; not given: all until now. What is older than 400 days is not known |
/// | step | such as `1m`, `15m`, `1h`, `1d`: a row for each stretch of that length, with its own balance; without start it is the last hour, or 60 stretches |
///
/// The answer is `{"by","columns":[…],"schemas":[{"value_type"},…],"values":[[…],…]}`. By agent the
/// columns are the sides of the balance, its difference and, beside that, how many requests agents
/// refused as a whole; by minute what came and went in it, as far as that is of one minute; by
/// service what is stored and expired; by reason the fate, the reason and the spans (of
/// `refused_requests`, the requests).
///
/// With a step each row begins with the time, in Unix seconds, and `minute` means all agents
/// together. There, and by agent with a start or an end, `queued` is how many more wait than
/// before, and `in_flight`, below 0, what is here and the agent has not counted yet.
public final class LedgerApi {

  private static final Pattern STEP = Pattern.compile("([1-9]\\d{0,3})(m|h|d)");
  private static final int STEPS_DEFAULT = 60;
  private static final long MINUTE = 60;

  /// The engine's times are 32 bits.
  private static final long SECONDS_MAX = 0xFFFF_FFFFL;

  private final LossLedger ledger;
  private final LedgerSteps steps;
  private final InstantSource clock;
  private final UiApi ui;

  /// Publishes that ledger.
  public LedgerApi(LossLedger ledger, LedgerSteps steps, InstantSource clock, UiApi ui) {
    this.ledger = ledger;
    this.steps = steps;
    this.clock = clock;
    this.ui = ui;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/ledger", ui.serve(this::answer));
  }

  Consumer<JsonGenerator> answer(Parameters asked) throws ClickHouseException {
    By by = by(asked.text("by"));
    long now = clock.instant().getEpochSecond();
    long step = step(asked.text("step"));
    long known = ledger.begin(now);
    long begin = step == 0 ? known : now - STEPS_DEFAULT * step;
    long from = Math.max(known, seconds(asked, "start", "from", Math.max(0, begin)));
    long to = seconds(asked, "end", "to", now);
    if (to < from) {
      throw new RefusedException("end is before start");
    }
    // What agents report is known by the minute.
    long begun = from / MINUTE * MINUTE;
    long ended = Math.min(to / MINUTE * MINUTE + MINUTE - 1, SECONDS_MAX);
    if (step > 0) {
      return bySteps(by, Math.max(known, begun / step * step), ended, step);
    }
    boolean ofAllTime = isMissing(asked, "start", "from") && isMissing(asked, "end", "to");
    return by == By.AGENT && !(ofAllTime && known == 0)
        ? stretch(begun, ended)
        : whole(by, begun, ended);
  }

  private static boolean isMissing(Parameters asked, String name, String other) {
    return asked.text(name).isEmpty() && asked.text(other).isEmpty();
  }

  private static long seconds(Parameters asked, String name, String other, long otherwise) {
    String said = asked.text(name).isEmpty() ? other : name;
    long nanos = asked.time(said, TimeUnit.SECONDS.toNanos(otherwise));
    return Math.min(TimeUnit.NANOSECONDS.toSeconds(nanos), SECONDS_MAX);
  }

  /// Seconds; 0 when none is asked for.
  private static long step(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    Matcher step = STEP.matcher(text);
    if (!step.matches()) {
      throw new RefusedException("step must be whole minutes, hours or days", "such as step=1m");
    }
    long unit = step.group(2).equals("m") ? 60 : step.group(2).equals("h") ? 3_600 : 86_400;
    return unit * Long.parseLong(step.group(1));
  }

  private Consumer<JsonGenerator> bySteps(By by, long from, long to, long step)
      throws ClickHouseException {
    Map<Long, List<LedgerEntry>> byTime = new TreeMap<>();
    for (LedgerSteps.Entry entry : bounded(steps.entries(by, from, to, step))) {
      byTime.computeIfAbsent(entry.time(), _ -> new ArrayList<>()).add(entry.spans());
    }
    LedgerTable table = LedgerTable.ofSteps(by);
    return answer(
        table,
        json ->
            byTime.forEach(
                (time, spans) -> table.writeRows(json, List.of(Long.toString(time)), spans)));
  }

  /// Each agent's balance between two times. What is here belongs to the report that covers it, as
  /// in steps: the blocks that were made in that time are not the ones that its reports are of.
  private Consumer<JsonGenerator> stretch(long from, long to) throws ClickHouseException {
    List<LedgerEntry> spans =
        bounded(steps.entries(By.AGENT, from, to, LedgerSteps.ONE)).stream()
            .map(LedgerSteps.Entry::spans)
            .toList();
    LedgerTable table = LedgerTable.ofStretch();
    return answer(table, json -> table.writeRows(json, List.of(), spans));
  }

  private Consumer<JsonGenerator> whole(By by, long from, long to) throws ClickHouseException {
    List<LedgerEntry> spans = bounded(ledger.entries(by, from, to));
    LedgerTable table = LedgerTable.ofAll(by);
    return answer(table, json -> table.writeRows(json, List.of(), spans));
  }

  private static <T> List<T> bounded(List<T> entries) {
    if (entries.size() > LossLedger.ROWS_MAX) {
      throw new RefusedException("that is too much: narrow start and end");
    }
    return entries;
  }

  private static Consumer<JsonGenerator> answer(LedgerTable table, Consumer<JsonGenerator> rows) {
    return json -> {
      table.writeColumns(json);
      json.writeArrayPropertyStart("values");
      rows.accept(json);
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
}
