import java.util.Arrays;

/// Compares a store with what its senders sent, and its dependent tables with its base table.
final class Audit {
  private static final String DIFFERENCE = "SELECT count() FROM (%s EXCEPT ALL %s)";
  private static final String TRACES =
      "SELECT block_id, trace_id, start_time, end_time, spans, errors, root_service, root_name,"
          + " arraySort(services) FROM ";
  private static final String BLOCKS =
      "SELECT block_id, agent, first_batch, last_batch, spans FROM ";

  private final Store store;
  private final Engine engine;
  private final long[] acknowledged;
  private final long[] last = new long[Store.AGENTS];
  private long wrong;

  /// @param acknowledged the agents' highest acknowledged batches, as `[1, 2, 3, 4]`
  Audit(Store store, String acknowledged) {
    this.store = store;
    engine = store.engine();
    String[] numbers = acknowledged.replaceAll("[\\[\\] ]", "").split(",");
    this.acknowledged = Arrays.stream(numbers).mapToLong(Long::parseLong).toArray();
  }

  boolean exact() {
    store.create();
    store.recover();
    batches();
    for (int a = 0; a < last.length; a++) {
      if (last[a] < acknowledged[a]) {
        wrong++;
        System.out.println("  LOST: agent " + a + " has " + last[a] + " of " + acknowledged[a]);
      }
    }
    long differences =
        difference("trace_index", TRACES, Tables.SELECT_TRACES)
            + difference("blocks", BLOCKS, Tables.SELECT_BLOCKS);
    System.out.printf(
        "  %s rows, %s blocks, last batches %s, wrong batches %d%n",
        engine.query("SELECT count() FROM spans"),
        engine.query("SELECT uniqExact(block_id) FROM spans"),
        Arrays.toString(last),
        wrong);
    return wrong == 0 && differences == 0;
  }

  /// Every batch from the first to the last must be there, whole and once.
  private void batches() {
    String found =
        engine.query(
            "SELECT batch, count(), uniqExact(span_id, trace_id) FROM spans"
                + " GROUP BY batch ORDER BY batch");
    for (String line : found.lines().toList()) {
      String[] w = line.split("\t");
      long batch = Long.parseLong(w[0]);
      int agent = Store.agent(batch);
      long sequence = Store.sequence(batch);
      int rows = Store.rows(agent, sequence);
      boolean right =
          sequence == last[agent] + 1
              && Integer.parseInt(w[1]) == rows
              && Integer.parseInt(w[2]) == rows;
      if (!right && wrong++ < 5) {
        System.out.printf(
            "  WRONG: agent %d batch %d after %d: %s rows of %d%n",
            agent, sequence, last[agent], w[1], rows);
      }
      last[agent] = sequence;
    }
  }

  private long difference(String table, String columns, String select) {
    String right = columns + "(" + select.formatted("") + ")";
    String held = columns + table;
    String lacks = engine.query(DIFFERENCE.formatted(right, held));
    String beyond = engine.query(DIFFERENCE.formatted(held, right));
    System.out.println("  " + table + " lacks " + lacks + " rows and has " + beyond + " too many");
    return Long.parseLong(lacks) + Long.parseLong(beyond);
  }
}
