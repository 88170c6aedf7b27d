package deepflow.server.ingester.receive;

import deepflow.server.storage.AgentReport;
import deepflow.server.storage.Position;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;

/// What this server knows of one agent's queue. It outlives connections, so that a batch that is
/// sent again on a new one is recognized.
public final class Session {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Identity agent;

  /// What became of a connection that wants to be the agent's.
  enum Attachment {
    /// It is the agent's only one.
    ATTACHED,
    /// A newer epoch of the agent is or was here.
    OUTDATED,
    /// A batch of the agent's has waited for the store all the time.
    BUSY
  }

  /// Held while a batch goes into the sink: no later batch may pass it. Fair, so that a new
  /// connection comes before what the old one still has to say.
  private final ReentrantLock lock = new ReentrantLock(/* fair= */ true);

  private long epoch;
  private long seen;
  private volatile long committed;
  private volatile @Nullable AgentConnection connection;
  private volatile String about = "{}";
  private volatile String host = "";
  private volatile Instant lastSeen = Instant.EPOCH;
  private final AtomicReference<@Nullable AgentReport> report = new AtomicReference<>();

  Session(Identity agent, Position position) {
    this.agent = agent;
    this.epoch = position.epoch();
    this.seen = position.committed();
    this.committed = position.committed();
  }

  /// The agent's queue.
  public Identity agent() {
    return agent;
  }

  /// Highest batch number that is durable, with all that were sent before it.
  public long committed() {
    return committed;
  }

  /// Whether the agent has a connection now.
  public boolean isConnected() {
    return connection != null;
  }

  /// What the agent says of itself, JSON.
  public String about() {
    return about;
  }

  /// Name of the agent's host; empty when it doesn't say.
  public String host() {
    return host;
  }

  private static String hostIn(String about) {
    try {
      return JSON.readTree(about).path("host").asString("");
    } catch (JacksonException _) {
      return "";
    }
  }

  /// When something came from the agent last; the epoch when never.
  public Instant lastSeen() {
    return lastSeen;
  }

  void report(AgentReport said) {
    report.set(said);
  }

  /// What the agent said of all its spans since the last call.
  public Optional<AgentReport> takeReport() {
    return Optional.ofNullable(report.getAndSet(null));
  }

  void touch(Instant now) {
    lastSeen = now;
  }

  /// Makes a connection the agent's only one. Until a batch of the older one is in the sink that
  /// can't be: nobody could say then whether the batch comes before what the newer one sends.
  ///
  /// @param waitMax for that batch: an agent that gave up is not seen to go while nobody reads, so
  ///   that who waits without end holds a connection for each of its attempts
  Attachment attach(AgentConnection newer, long newEpoch, String newAbout, Duration waitMax)
      throws InterruptedException {
    AgentConnection older;
    if (!lock.tryLock(waitMax.toNanos(), TimeUnit.NANOSECONDS)) {
      return Attachment.BUSY;
    }
    try {
      if (Long.compareUnsigned(newEpoch, epoch) < 0) {
        return Attachment.OUTDATED;
      }
      epoch = newEpoch;
      about = newAbout;
      host = hostIn(newAbout);
      older = connection;
      connection = newer;
    } finally {
      lock.unlock();
    }
    if (older != null) {
      older.close();
    }
    return Attachment.ATTACHED;
  }

  void detach(AgentConnection gone) {
    lock.lock();
    try {
      if (connection == gone) {
        connection = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /// Whether nothing of this agent is here, in the store or on its way. Doesn't wait for a batch
  /// that is.
  boolean isBlank() {
    if (!lock.tryLock()) {
      return false;
    }
    try {
      return seen == 0 && connection == null;
    } finally {
      lock.unlock();
    }
  }

  /// Puts a batch into the sink unless it is there or in the store already.
  ///
  /// @return false when it was there
  boolean put(AgentConnection from, long number, ReceivedBatch.Content content, BatchSink sink)
      throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (connection != from || Long.compareUnsigned(number, seen) <= 0) {
        return false;
      }
      sink.put(new ReceivedBatch(this, epoch, number, content));
      seen = number;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Puts what has no number into the sink, under the next one.
  void put(ReceivedBatch.Content content, BatchSink sink) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      sink.put(new ReceivedBatch(this, epoch, seen + 1, content));
      seen++;
    } finally {
      lock.unlock();
    }
  }

  /// Batches up to this one are durable: tells the agent.
  public void commit(long number) {
    committed = number;
    AgentConnection current = connection;
    if (current != null) {
      current.acknowledge(number);
    }
  }
}
