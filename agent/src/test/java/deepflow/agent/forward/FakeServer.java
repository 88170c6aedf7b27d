package deepflow.agent.forward;

import deepflow.wire.frame.Frame;
import deepflow.wire.frame.FrameReader;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/// The link's other end in a test: real TCP, a store in memory, and whatever misbehaviour the test
/// asks for.
final class FakeServer implements AutoCloseable {
  /// What the server does with a batch that arrived.
  enum Mood {
    COMMIT,
    STAY_SILENT,
    CUT_THE_CONNECTION
  }

  private final ServerSocketChannel listener;
  private final List<SocketChannel> connections = new CopyOnWriteArrayList<>();
  private final List<byte[]> received = new CopyOnWriteArrayList<>();
  private final List<LinkMessage.Hello> hellos = new CopyOnWriteArrayList<>();
  private final List<byte[]> committed = new ArrayList<>();
  private volatile Identity store = new Identity(1, 2);
  private volatile Predicate<LinkMessage.Hello> welcomes = _ -> true;
  private volatile java.util.function.LongFunction<Mood> mood = _ -> Mood.COMMIT;
  private volatile long committedNumber;
  private volatile boolean speaks = true;

  private FakeServer(ServerSocketChannel listener) {
    this.listener = listener;
    Thread.ofVirtual().start(this::accept);
  }

  static FakeServer start() throws IOException {
    return at(0);
  }

  static FakeServer at(int port) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return new FakeServer(listener);
  }

  ServerAddress address() throws IOException {
    return new ServerAddress(
        "127.0.0.1", ((InetSocketAddress) listener.getLocalAddress()).getPort());
  }

  FakeServer ofStore(Identity identity) {
    store = identity;
    return this;
  }

  FakeServer says(boolean anything) {
    speaks = anything;
    return this;
  }

  FakeServer welcomes(Predicate<LinkMessage.Hello> whom) {
    welcomes = whom;
    return this;
  }

  FakeServer does(java.util.function.LongFunction<Mood> withNumber) {
    mood = withNumber;
    return this;
  }

  /// Claims to have more than it has.
  FakeServer claims(long number) {
    committedNumber = number;
    return this;
  }

  List<LinkMessage.Hello> hellos() {
    return hellos;
  }

  /// Payloads of all BATCH frames, resends included.
  List<byte[]> received() {
    return received;
  }

  /// Payloads of what is committed, in the order of commitment.
  List<byte[]> committed() {
    synchronized (committed) {
      return List.copyOf(committed);
    }
  }

  void cutAll() throws IOException {
    for (SocketChannel connection : connections) {
      connection.close();
    }
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        SocketChannel connection = listener.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(SocketChannel connection) {
    FrameReader reader = new FrameReader(connection);
    reader.allowLargeFrames();
    try (connection) {
      for (Frame frame = reader.read(); frame != null; frame = reader.read()) {
        answer(connection, LinkMessage.of(frame), frame);
      }
    } catch (IOException | MalformedFrameException _) {
      // The agent went away, or this server was told to cut.
    }
  }

  private void answer(SocketChannel connection, LinkMessage message, Frame frame)
      throws IOException {
    switch (message) {
      case LinkMessage.Hello hello -> greet(connection, hello);
      case LinkMessage.Batch batch -> take(connection, batch, frame);
      default -> throw new AssertionError(message);
    }
  }

  private void greet(SocketChannel connection, LinkMessage.Hello hello) throws IOException {
    hellos.add(hello);
    if (!speaks) {
      return;
    }
    LinkMessage answer =
        welcomes.test(hello)
            ? new LinkMessage.Welcome(store, committedNumber)
            : new LinkMessage.Refusal("not you");
    write(connection, answer);
  }

  private void take(SocketChannel connection, LinkMessage.Batch batch, Frame frame)
      throws IOException {
    byte[] payload = new byte[frame.payload().remaining()];
    frame.payload().duplicate().get(payload);
    received.add(payload);
    switch (mood.apply(batch.number())) {
      case STAY_SILENT -> {}
      case CUT_THE_CONNECTION -> connection.close();
      case COMMIT -> {
        commit(batch.number(), payload);
        write(connection, new LinkMessage.Acknowledgement(committedNumber));
      }
    }
  }

  private void commit(long number, byte[] payload) {
    synchronized (committed) {
      if (number > committedNumber) {
        committed.add(payload);
        committedNumber = number;
      }
    }
  }

  private static void write(SocketChannel connection, LinkMessage message) throws IOException {
    ByteBuffer frame = message.toFrame();
    while (frame.hasRemaining()) {
      connection.write(frame);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cutAll();
  }
}
