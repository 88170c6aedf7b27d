package deepflow.clickhouse;

import deepflow.clickhouse.RemoteStatement.UnansweredException;
import deepflow.clickhouse.block.Block;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A ClickHouse elsewhere, by its HTTP interface.
///
/// Whoever gets a busy error from a statement that writes knows that it has ended: it was killed
/// and waited for. When the server could not be asked, no other statement begins before it could.
public final class RemoteClickHouse implements ClickHouse {
  private static final Logger log = LoggerFactory.getLogger(RemoteClickHouse.class);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(30);
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

  /// The first that marks errors within an answer: 25.11.
  private static final int MAJOR_MIN = 25;

  private static final int MINOR_MIN = 11;

  private final RemoteClickHouseConfig config;
  private final RemoteLink link;
  private final Places writers;
  private final Places readers;
  private final Places untrusted;
  private final String version;
  private final AtomicBoolean closed = new AtomicBoolean();

  private RemoteClickHouse(RemoteClickHouseConfig config) throws ClickHouseException {
    this.config = config;
    link = new RemoteLink(config);
    writers = new Places("writer", config.writers(), config.waitMax());
    readers = new Places("reader", config.readers(), config.waitMax());
    untrusted = new Places("user", config.untrustedReaders(), config.waitMax());
    version = prepare();
  }

  /// Connects, and checks that it is a ClickHouse that lets us in.
  ///
  /// @throws ClickHouseException refused when it does not let us in or is too old, busy when it
  ///   can't be reached
  public static RemoteClickHouse open(RemoteClickHouseConfig config) throws ClickHouseException {
    return new RemoteClickHouse(config);
  }

  private String prepare() throws ClickHouseException {
    try {
      String found = text(Query.of("SELECT version()"), readers);
      Matcher numbers = VERSION.matcher(found);
      if (!numbers.matches() || isTooOld(numbers)) {
        throw EngineError.refused(
            "ClickHouse at %s is of version %s: %s.%s or newer is needed"
                .formatted(config.url(), found, MAJOR_MIN, MINOR_MIN));
      }
      return found;
    } catch (ClickHouseException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static boolean isTooOld(Matcher numbers) {
    int major = Integer.parseInt(numbers.group(1));
    int minor = Integer.parseInt(numbers.group(2));
    return major < MAJOR_MIN || (major == MAJOR_MIN && minor < MINOR_MIN);
  }

  @Override
  public void execute(Query statement) throws ClickHouseException {
    if (statement.untrusted()) {
      throw new IllegalArgumentException("a user's statement can only be a query");
    }
    write(RemoteCall.statement(statement, config.writeTimeout()));
  }

  @Override
  public void insert(String sql, Block block) throws ClickHouseException {
    write(RemoteCall.insert(sql, block::writeTo, config.writeTimeout()));
  }

  private void write(RemoteCall call) throws ClickHouseException {
    link.settle();
    try (var running = new RemoteStatement(link, writers, call, link.nextId())) {
      running.send();
      running.awaitEnd();
    } catch (UnansweredException e) {
      throw e.told();
    }
  }

  @Override
  public Rows query(Query query) throws ClickHouseException {
    link.settle();
    if (!query.untrusted()) {
      return rows(query, readers);
    }
    Guard.check(query.sql(), ask -> text(ask, untrusted));
    return rows(query, untrusted);
  }

  private Rows rows(Query query, Places places) throws ClickHouseException {
    RemoteStatement running = start(RemoteCall.query(query, config), places);
    try {
      return new BinaryRows(running, query.untrusted());
    } catch (ClickHouseException | RuntimeException | Error e) {
      running.close();
      throw e;
    }
  }

  /// A server drops connections that were idle for some seconds, and may do so just when one is
  /// used: what only reads is sent once more.
  private RemoteStatement start(RemoteCall call, Places places) throws ClickHouseException {
    try {
      return startOnce(call, places);
    } catch (UnansweredException first) {
      log.debug("sent once more", first);
    }
    try {
      return startOnce(call, places);
    } catch (UnansweredException second) {
      throw second.told();
    }
  }

  private RemoteStatement startOnce(RemoteCall call, Places places)
      throws ClickHouseException, UnansweredException {
    var running = new RemoteStatement(link, places, call, link.nextId());
    try {
      running.send();
      return running;
    } catch (ClickHouseException | UnansweredException | RuntimeException | Error e) {
      running.close();
      throw e;
    }
  }

  /// The text that a query gives; an error in it is the user's when the place is one.
  private String text(Query query, Places places) throws ClickHouseException {
    boolean users = places == untrusted;
    var asked = new Query(query.sql(), query.parameters(), query.settings(), users);
    try (Rows rows = rows(asked, places)) {
      return rows.next() ? new String(rows.getBytes(0), StandardCharsets.UTF_8) : "";
    }
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    writers.refuseMore();
    readers.refuseMore();
    untrusted.refuseMore();
    for (RemoteStatement statement : link.running()) {
      statement.abort();
      statement.close();
    }
    awaitCallers();
    link.close();
  }

  /// Each caller ends its own statement, unless it was ended above.
  private void awaitCallers() {
    try {
      for (Places places : new Places[] {writers, readers, untrusted}) {
        if (!places.awaitAll(CLOSE_MAX)) {
          log.warn("statements at {} did not end in time", config.url());
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
