package deepflow.agent.forward;

import deepflow.wire.frame.BatchReader;
import deepflow.wire.frame.Frame;
import deepflow.wire.frame.FrameReader;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// The other end of the link, as good or as bad as a test wants it. Keeps every batch that it got.
final class TestServer implements AutoCloseable {
  static final Identity STORE = new Identity(7, 7);

  private final ServerSocketChannel listener;
  private final ReentrantLock lock;
  private final Map<Long, ByteBuffer> batches;
  private final List<SocketChannel> channels = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> delivered;
  private final AtomicLong committed;

  /// What went wrong in the agent's sending: out of order, another resend, and so on.
  final List<String> complaints;

  /// Batches that came to this server.
  final AtomicInteger taken = new AtomicInteger();

  final List<LinkMessage.Hello> hellos = new CopyOnWriteArrayList<>();
  volatile Identity store = STORE;

  /// Nobody answers a hello.
  volatile boolean silent;

  /// Batches are taken, and never acknowledged.
  volatile boolean withholds;

  /// Refuses each hello for this reason.
  volatile @Nullable String refusal;

  /// What is told instead of the number that is committed.
  volatile LongUnaryOperator tongue = LongUnaryOperator.identity();

  /// After how many bytes a connection is cut.
  volatile java.util.function.LongSupplier cut = () -> Long.MAX_VALUE;

  TestServer() throws IOException {
    lock = new ReentrantLock();
    batches = new TreeMap<>();
    delivered = new ConcurrentHashMap<>();
    committed = new AtomicLong();
    complaints = new CopyOnWriteArrayList<>();
    listener = listen(0);
  }

  /// Another server of the same store.
  ///
  /// @param port 0 for any
  TestServer(TestServer ofStore, int port) throws IOException {
    lock = ofStore.lock;
    batches = ofStore.batches;
    delivered = ofStore.delivered;
    committed = ofStore.committed;
    complaints = ofStore.complaints;
    listener = listen(port);
  }

  private ServerSocketChannel listen(int port) throws IOException {
    ServerSocketChannel opened = ServerSocketChannel.open();
    opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    Thread.ofPlatform().daemon().start(() -> accept(opened));
    return opened;
  }

  ServerAddress address() throws IOException {
    return new ServerAddress(
        "127.0.0.1", ((InetSocketAddress) listener.getLocalAddress()).getPort());
  }

  long committed() {
    return committed.get();
  }

  int connections() {
    return channels.size();
  }

  /// How often each request came, as text, in batches that counted.
  Map<String, Integer> delivered() {
    return delivered;
  }

  long receivedBytes() {
    lock.lock();
    try {
      return batches.values().stream().mapToLong(ByteBuffer::remaining).sum();
    } finally {
      lock.unlock();
    }
  }

  private void accept(ServerSocketChannel opened) {
    while (opened.isOpen()) {
      try {
        SocketChannel channel = opened.accept();
        channels.add(channel);
        Thread.ofPlatform().daemon().start(() -> serve(channel));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      FrameReader reader = new FrameReader(new CutChannel(channel, cut.getAsLong()));
      reader.allowLargeFrames();
      long last = 0;
      for (Frame frame = reader.read(); frame != null; frame = reader.read()) {
        LinkMessage message = LinkMessage.of(frame);
        if (message instanceof LinkMessage.Hello hello) {
          hellos.add(hello);
          last = greet(channel);
        } else if (message instanceof LinkMessage.Batch batch) {
          if (batch.number() <= last) {
            complaints.add("batch %s after %s".formatted(batch.number(), last));
          }
          last = batch.number();
          take(channel, batch);
        } else {
          complaints.add(message.toString());
        }
      }
    } catch (IOException ended) {
      // As connections do.
    } catch (MalformedFrameException malformed) {
      complaints.add(malformed.toString());
    }
  }

  private long greet(SocketChannel channel) throws IOException {
    if (silent) {
      return 0;
    }
    String reason = refusal;
    if (reason != null) {
      channel.write(new LinkMessage.Refusal(reason).toFrame());
      channel.close();
      return 0;
    }
    long known = committed();
    channel.write(new LinkMessage.Welcome(store, tongue.applyAsLong(known)).toFrame());
    return known;
  }

  private void take(SocketChannel channel, LinkMessage.Batch batch)
      throws IOException, MalformedFrameException {
    taken.incrementAndGet();
    lock.lock();
    try {
      ByteBuffer bytes = ByteBuffer.allocate(batch.zstd().remaining());
      bytes.put(batch.zstd().duplicate()).flip();
      ByteBuffer before = batches.putIfAbsent(batch.number(), bytes);
      if (before != null && !before.equals(bytes)) {
        complaints.add("batch %s was sent again with other bytes".formatted(batch.number()));
      }
      if (withholds) {
        return;
      }
      if (batch.number() > committed.get()) {
        requests(batch).forEach(request -> delivered.merge(request, 1, Integer::sum));
        committed.set(batch.number());
      }
    } finally {
      lock.unlock();
    }
    channel.write(new LinkMessage.Acknowledgement(tongue.applyAsLong(committed())).toFrame());
  }

  private static List<String> requests(LinkMessage.Batch batch) throws MalformedFrameException {
    List<String> requests = new ArrayList<>();
    try (BatchReader reader = new BatchReader()) {
      reader.open(batch);
      while (reader.next()) {
        requests.add(
            new String(
                    reader.array(),
                    reader.requestOffset(),
                    reader.requestLength(),
                    java.nio.charset.StandardCharsets.ISO_8859_1)
                .split(" ", 2)[0]);
      }
    }
    return requests;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (SocketChannel channel : channels) {
      channel.close();
    }
  }

  /// Breaks off after a number of bytes, wherever in a frame that is.
  private static final class CutChannel implements ReadableByteChannel {
    private final SocketChannel channel;
    private long left;

    CutChannel(SocketChannel channel, long left) {
      this.channel = channel;
      this.left = left;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      ByteBuffer allowed = target.duplicate();
      allowed.limit((int) Math.min(target.limit(), target.position() + left));
      int count = allowed.hasRemaining() ? channel.read(allowed) : -1;
      if (count < 0) {
        throw new IOException("cut");
      }
      left -= count;
      target.position(allowed.position());
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
