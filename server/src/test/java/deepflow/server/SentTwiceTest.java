package deepflow.server;

import deepflow.server.ingester.LinkAgent;
import deepflow.wire.frame.Identity;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever is asked, a sender that sends each span twice, by two agents, gets the answer of one
/// that sends it once: at once, and after a start.
class SentTwiceTest {

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());

  @TempDir private Path data;

  private final EveryQuestion questions = new EveryQuestion();
  private final byte[] request = EveryQuestion.request(new Random(SEED)).toByteArray();

  private Map<String, String> answers(RunningServer server) throws Exception {
    int port = server.address().getPort();
    Map<String, String> answers = questions.answers(port);
    String linking = "/v1/traces/" + EveryQuestion.traceId(1) + "/linked-from";
    answers.put(linking, questions.get(port, linking));
    return answers;
  }

  private static void assertSame(
      String when, Map<String, String> wanted, Map<String, String> found) {
    EveryQuestion.assertSame("tests.seed=%s %s".formatted(SEED, when), wanted, found);
  }

  private RunningServer start(String store) throws ServerStartException {
    return ServerMain.start(ServerConfig.defaults(data.resolve(store)).withPorts(0, 0));
  }

  private void send(RunningServer server, Identity identity) throws Exception {
    try (LinkAgent agent = LinkAgent.connect(server.ingestPort(), identity)) {
      agent.greet(1);
      agent.sendBatch(1, request);
      agent.awaitCommitted(1);
    }
  }

  @Test
  void getsTheAnswersOfWhatWasSentOnce() throws Exception {
    Map<String, String> once;
    try (RunningServer server = start("once")) {
      send(server, new Identity(1, 1));
      once = answers(server);
    }
    try (RunningServer server = start("twice")) {
      send(server, new Identity(1, 1));
      assertSame("before it was sent again", once, answers(server));
      send(server, new Identity(2, 2));
      assertSame("sent again", once, answers(server));
    }
    try (RunningServer server = start("twice")) {
      assertSame("after a start", once, answers(server));
      send(server, new Identity(3, 3));
      assertSame("sent a third time", once, answers(server));
    }
  }
}
