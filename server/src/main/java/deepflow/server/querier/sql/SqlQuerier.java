package deepflow.server.querier.sql;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.EngineLimits;
import deepflow.server.querier.LimitedOutput;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.RepeatedTraces;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers DeepFlow's SQL. Safe for use by many threads; a question blocks its thread.
public final class SqlQuerier {

  private static final Logger LOG = LoggerFactory.getLogger(SqlQuerier.class);

  /// ClickHouse's codes for what only running a statement shows to be the sender's fault: a bad
  /// regular expression, a value of the wrong type, a column that must be in GROUP BY.
  private static final Set<Integer> SENDERS_FAULT = Set.of(27, 36, 43, 53, 72, 215, 386, 427);

  /// SHOW looks at no more rows than that; [Listing] wants fewer, in an order in which the engine
  /// can read them.
  private static final long SAMPLE_ROWS_MAX = 4 * Listing.ROWS_READ;

  private final ClickHouse clickHouse;
  private final RepeatedTraces repeated;
  private final QueryLimits limits;
  private final Tables tables = new Tables();

  /// Asks that ClickHouse, within those limits.
  public SqlQuerier(ClickHouse clickHouse, RepeatedTraces repeated, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.repeated = repeated;
    this.limits = limits;
  }

  /// Answers one question.
  public SqlAnswer answer(SqlQuestion question) {
    AnswerWriter writer = new AnswerWriter(limits.answerBytesMax());
    if (!question.database().isEmpty() && !tables.databases().contains(question.database())) {
      return new SqlAnswer(
          SqlAnswer.Outcome.REFUSED,
          writer.failure(
              "RESOURCE_NOT_FOUND",
              "no database is called '%s'; there is %s"
                  .formatted(question.database(), String.join(", ", tables.databases()))));
    }
    Translation translation;
    try {
      translation = translate(question);
    } catch (SqlException e) {
      return new SqlAnswer(
          SqlAnswer.Outcome.REFUSED, writer.failure("INVALID_POST_DATA", e.getMessage()));
    } catch (ClickHouseException e) {
      return failed(e, "a look at new blocks", writer);
    }
    return run(question, translation, writer);
  }

  private Translation translate(SqlQuestion question) throws SqlException, ClickHouseException {
    return switch (Parser.parse(question.sql())) {
      case Statement.Select select -> {
        Bindings bindings = new Bindings();
        Catalogue table = tables.named(select.table(), question.precision());
        yield Translator.translate(
            select,
            table.hasSums() ? table : once(table, TimeRange.of(select.where()), bindings),
            bindings,
            question.language());
      }
      case Statement.Show show -> ShowTranslator.translate(show, tables, question.language());
    };
  }

  /// A log with each span once.
  private Catalogue once(Catalogue log, TimeRange range, Bindings bindings)
      throws ClickHouseException {
    return repeated.between(range.firstNanos(), range.endNanos())
        ? log.once(
            bindings.bind("Int64", Long.toString(range.firstNanos())),
            bindings.bind("Int64", Long.toString(range.endNanos())))
        : log;
  }

  private SqlAnswer run(SqlQuestion question, Translation translation, AnswerWriter writer) {
    long begin = System.nanoTime();
    try (Rows rows = clickHouse.query(bounded(translation, limits))) {
      writer.begin(translation.columns(), rows.columns());
      while (rows.next()) {
        writer.row(rows);
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      return new SqlAnswer(SqlAnswer.Outcome.SUCCESS, writer.end(question, translation, seconds));
    } catch (LimitedOutput.TooLargeException e) {
      return new SqlAnswer(
          SqlAnswer.Outcome.REFUSED,
          writer.failure(
              "INVALID_POST_DATA", e.getMessage() + ": select less or set a lower LIMIT"));
    } catch (ClickHouseException e) {
      return failed(e, translation.sql(), writer);
    }
  }

  /// Nothing of the text is a user's, yet it runs where nothing can be written: two locks.
  static Query bounded(Translation translation, QueryLimits limits) {
    Query query =
        new Query(
            translation.sql(),
            translation.parameters(),
            Map.of(
                "max_execution_time", Long.toString(Math.max(1, limits.time().toSeconds())),
                "max_memory_usage", Long.toString(limits.memoryBytesMax())),
            true);
    return translation.sample()
        ? query
            .setting("max_rows_to_read", SAMPLE_ROWS_MAX)
            .setting("read_overflow_mode", "break")
            .setting("timeout_overflow_mode", "break")
        : query;
  }

  private static SqlAnswer failed(ClickHouseException e, String sql, AnswerWriter writer) {
    if (SENDERS_FAULT.contains(e.code())) {
      return new SqlAnswer(
          SqlAnswer.Outcome.REFUSED, writer.failure("INVALID_POST_DATA", e.getMessage()));
    }
    if (EngineLimits.areExceeded(e)) {
      return new SqlAnswer(
          SqlAnswer.Outcome.REFUSED,
          writer.failure(
              "INVALID_POST_DATA",
              "the statement is too large for the engine: give fewer values or conditions"));
    }
    return switch (e.kind()) {
      case BUSY ->
          new SqlAnswer(
              SqlAnswer.Outcome.BUSY,
              writer.failure(
                  "SERVER_ERROR",
                  "the question took too much time or memory (narrow its time range), or too many"
                      + " ask at once: "
                      + e.getMessage()));
      case REFUSED, BUG -> {
        LOG.error("the engine refused our own SQL: {}", sql, e);
        yield new SqlAnswer(SqlAnswer.Outcome.FAILED, writer.failure("FAIL", e.getMessage()));
      }
    };
  }

  /// The answer to a question that found no place to be worked on.
  public static SqlAnswer tooMany() {
    return new SqlAnswer(
        SqlAnswer.Outcome.BUSY,
        new AnswerWriter(4096).failure("SERVER_ERROR", "too many ask at once"));
  }

  /// The answer to a request that holds no question.
  public static SqlAnswer unreadable(String reason) {
    return new SqlAnswer(
        SqlAnswer.Outcome.REFUSED, new AnswerWriter(4096).failure("INVALID_POST_DATA", reason));
  }
}
