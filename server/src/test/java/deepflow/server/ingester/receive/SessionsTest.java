package deepflow.server.ingester.receive;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.frame.FrameMemory;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an agent's second connection finds when its first one goes at that moment.
class SessionsTest {
  private static final Identity AGENT = new Identity(7, 7);

  private final Sessions sessions = new Sessions(Map.of(), Map.of());
  private final List<ReceivedBatch> taken = new ArrayList<>();
  private SocketChannel channel;
  private AgentConnection connection;

  @BeforeEach
  void open() throws Exception {
    channel = SocketChannel.open();
    connection =
        new AgentConnection(
            channel,
            new LinkEnd(
                null,
                new FrameMemory(1 << 20, Duration.ZERO),
                sessions,
                taken::add,
                new Identity(1, 2),
                new LinkMetrics(new SimpleMeterRegistry()),
                InstantSource.system()));
  }

  @AfterEach
  void close() throws Exception {
    channel.close();
  }

  private void attach(Session session) throws Exception {
    assertThat(session.attach(connection, 1, "{}", Duration.ZERO))
        .isEqualTo(Session.Attachment.ATTACHED);
  }

  @Test
  void theAgentKeepsASessionThatIsForgottenAsBlankWhileItComes() throws Exception {
    Session session = sessions.of(AGENT);
    sessions.release(session);
    assertThat(sessions.all()).isEmpty();

    attach(session);
    assertThat(sessions.keep(session)).isTrue();
    session.put(connection, 1, content(), taken::add);

    assertThat(sessions.of(AGENT)).isSameAs(session);
    session.detach(connection);
    sessions.release(session);
    assertThat(sessions.of(AGENT)).isSameAs(session);
    assertThat(taken).singleElement().extracting(ReceivedBatch::session).isSameAs(session);
  }

  @Test
  void anAgentHasNoTwoSessions() throws Exception {
    Session forgotten = sessions.of(AGENT);
    sessions.release(forgotten);
    Session next = sessions.of(AGENT);

    attach(forgotten);

    assertThat(sessions.keep(forgotten)).isFalse();
    assertThat(sessions.all()).containsExactly(next);
  }

  private static ReceivedBatch.Content content() {
    return new ReceivedBatch.Content.Sealed(new LinkMessage.Batch(1, 0, ByteBuffer.allocate(1)));
  }
}
