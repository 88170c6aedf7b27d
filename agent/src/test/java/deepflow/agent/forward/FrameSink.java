package deepflow.agent.forward;

import deepflow.wire.frame.Frame;
import deepflow.wire.frame.FrameReader;
import deepflow.wire.frame.MalformedFrameException;
import deepflow.wire.frame.MessageType;
import deepflow.wire.frame.TracesReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A server that takes frames as DeepFlow's does: it never says a word, and a frame that is too
/// large or of a type that it doesn't know ends the connection.
final class FrameSink implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final List<SocketChannel> connections = new CopyOnWriteArrayList<>();

  final List<MessageType> types = new CopyOnWriteArrayList<>();
  final List<byte[]> messages = new CopyOnWriteArrayList<>();
  final List<Integer> agentIds = new CopyOnWriteArrayList<>();
  final List<String> complaints = new CopyOnWriteArrayList<>();

  /// Connections are closed after so many frames.
  volatile int framesMax = Integer.MAX_VALUE;

  FrameSink() throws IOException {
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().start(this::accept);
  }

  ServerAddress address() throws IOException {
    return new ServerAddress(
        "127.0.0.1", ((InetSocketAddress) listener.getLocalAddress()).getPort());
  }

  int connections() {
    return connections.size();
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
    try (connection) {
      for (int frames = 0; frames < framesMax; frames++) {
        Frame frame = reader.read();
        if (frame == null) {
          return;
        }
        take(frame);
      }
    } catch (IOException _) {
      // The agent went away.
    } catch (MalformedFrameException malformed) {
      complaints.add(malformed.toString());
    }
  }

  private void take(Frame frame) throws MalformedFrameException {
    TracesReader reader = new TracesReader();
    reader.open(new Frame(frame.header(), copy(frame.payload())));
    while (reader.next()) {
      types.add(frame.type());
      agentIds.add(frame.header().agentId());
      messages.add(
          Arrays.copyOfRange(reader.array(), reader.offset(), reader.offset() + reader.length()));
    }
  }

  private static ByteBuffer copy(ByteBuffer source) {
    return ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (SocketChannel connection : connections) {
      connection.close();
    }
  }
}
