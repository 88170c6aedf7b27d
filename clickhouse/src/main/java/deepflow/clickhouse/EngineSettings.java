package deepflow.clickhouse;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the engine is told at its start and at each connection.
///
/// @param path the store
/// @param server count on the first connection only, for the whole engine
/// @param session count for one connection
record EngineSettings(Path path, Map<String, String> server, Map<String, String> session) {
  private static final long MARK_CACHE_BYTES_MAX = 128L << 20;
  private static final long INDEX_CACHE_BYTES_MAX = 64L << 20;
  private static final String MERGE_NICE = "10";
  private static final String CONFIG_FILE = "engine.xml";

  /// Columns without a codec are LZ4 in parts below 40 MB and ZSTD(1) in larger ones: what a merge
  /// will soon rewrite is not compressed dearly (docs/adr/0002-span-schema.md). No argument says
  /// this.
  static final String CONFIGURATION =
      """
      <clickhouse>
        <compression>
          <case>
            <min_part_size>40000000</min_part_size>
            <min_part_size_ratio>0</min_part_size_ratio>
            <method>zstd</method>
            <level>1</level>
          </case>
        </compression>
      </clickhouse>
      """;

  /// A day that is over may be larger than the 50 GB that ClickHouse lets go without being asked,
  /// and so may what a rule keeps of it.
  static final Map<String, String> DROPS =
      Map.of("max_partition_size_to_drop", "0", "max_table_size_to_drop", "0");

  static EngineSettings of(EmbeddedClickHouseConfig config) {
    long memory = config.memoryBytesMax();
    var server = new LinkedHashMap<String, String>();
    server.put("max_server_memory_usage", Long.toString(memory));
    // The defaults are 5 GiB each, whatever the machine has.
    server.put("mark_cache_size", atMost(MARK_CACHE_BYTES_MAX, memory / 8));
    server.put("index_mark_cache_size", atMost(INDEX_CACHE_BYTES_MAX, memory / 16));
    server.put("primary_index_cache_size", atMost(MARK_CACHE_BYTES_MAX, memory / 8));
    server.put("background_pool_size", Integer.toString(config.mergeThreads()));
    // Who asks doesn't wait for merges, which have time.
    server.put("os_threads_nice_value_merge_mutate", MERGE_NICE);
    // Room for the five threads that each closed engine leaves behind: with 200 the twentieth
    // engine of
    // a process (a test run) waited for a thread for ever.
    server.put("max_thread_pool_size", "1000");
    var session = new LinkedHashMap<String, String>();
    // 1 by default here: an insert would wait for others, 112 ms instead of 40.
    session.put("async_insert", "0");
    session.put("input_format_skip_unknown_fields", "0");
    // Both are 1 here and 0 in a server.
    session.put("allow_introspection_functions", "0");
    session.put("implicit_select", "0");
    // To start and end its threads takes 0.3 ms of a small answer's 2.
    session.put("output_format_parallel_formatting", "0");
    session.put("max_threads", Integer.toString(config.threadsPerQuery()));
    // By default a statement gets a thread for each free GiB of the cap: never two, with ours.
    session.put("max_threads_min_free_memory_per_thread", "0");
    session.put("max_memory_usage", Long.toString(config.queryMemoryBytesMax()));
    session.putAll(DROPS);
    return new EngineSettings(config.path(), server, session);
  }

  /// Our own configuration: without one the engine takes `config.xml` of the working directory or
  /// of the home directory, and that one beats the arguments.
  Path configFile() {
    return path.resolve(CONFIG_FILE);
  }

  List<String> serverArguments() {
    List<String> arguments = new ArrayList<>();
    arguments.add("--path=" + path);
    arguments.add("--config-file=" + configFile());
    server.forEach((name, value) -> arguments.add("--%s=%s".formatted(name, value)));
    return arguments;
  }

  List<String> adminArguments() {
    List<String> arguments = new ArrayList<>(serverArguments());
    session.forEach((name, value) -> arguments.add("--%s=%s".formatted(name, value)));
    return arguments;
  }

  Map<String, String> sessionWith(String... more) {
    var all = new LinkedHashMap<>(session);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return all;
  }

  private static String atMost(long max, long value) {
    return Long.toString(Math.min(max, value));
  }
}
