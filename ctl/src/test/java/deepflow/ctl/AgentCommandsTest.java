package deepflow.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a server that answers as ours does on DeepFlow's paths.
class AgentCommandsTest {
  private static final String AGENT =
      """
      {"ID":3,"NAME":"node-1","LCUUID":"00ff","TYPE":"deepflow-agent","CTRL_IP":"10.0.0.7",
       "STATE_NAME":"NORMAL","VTAP_GROUP_NAME":"web","EXCEPTIONS":["queue: full"],"REVISION":"0.1",
       "CONFIG_STATE":"PENDING","CONFIG_REVISION":"aa","CONFIG_WANTED":"bb","QUEUE_SPANS":12}
      """;

  @TempDir private Path folder = Path.of("");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> answers = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final HttpServer server = newServer();

  private static HttpServer newServer() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void listen() {
    server.createContext(
        "/",
        exchange -> {
          String question = exchange.getRequestMethod() + " " + exchange.getRequestURI();
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add((question + " " + body).strip());
          String data = answers.get(question);
          byte[] answer =
              (data == null
                      ? "{\"OPT_STATUS\":\"RESOURCE_NOT_FOUND\",\"DESCRIPTION\":\"it isn't there\"}"
                      : "{\"OPT_STATUS\":\"SUCCESS\",\"DESCRIPTION\":\"\",\"DATA\":" + data + "}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(data == null ? 404 : 200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(
        List.of("-i", "127.0.0.1", "--api-port", Integer.toString(server.getAddress().getPort())));
    return CtlMain.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        all.toArray(String[]::new));
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("file.yaml"), text);
  }

  @Test
  void listsAgentsWithDeepFlowsColumns() {
    answers.put("GET /v1/vtaps/", "[" + AGENT + "]");

    assertThat(run("agent", "list")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "ID  NAME    TYPE            CTRL_IP   STATE   GROUP  EXCEPTIONS   REVISION  CONFIG    "
                + "  QUEUED_SPANS",
            "3   node-1  deepflow-agent  10.0.0.7  NORMAL  web    queue: full  0.1       PENDING bb"
                + "  12");
  }

  @Test
  void printsAllOfAnAgentAsYaml() {
    answers.put("GET /v1/vtaps/?name=node-1", "[" + AGENT + "]");

    assertThat(run("agent", "list", "node-1", "-o", "yaml")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8)).contains("- ID: 3", "  LCUUID: 00ff");
  }

  @Test
  void changesWhatTheFileSays() throws Exception {
    answers.put("GET /v1/vtaps/?name=node-1", "[" + AGENT + "]");
    answers.put("PATCH /v1/vtaps/00ff/", "{}");

    Path file = file("name: node-1\nvtap_group_id: web\nenable: 0\n");
    assertThat(run("agent", "update", "-f", file.toString())).isZero();

    assertThat(asked).contains("PATCH /v1/vtaps/00ff/ {\"vtap_group_id\":\"web\",\"enable\":0}");
  }

  @Test
  void refusesAKeyThatAnAgentDoesntHaveBeforeItAsksAnybody() throws Exception {
    Path file = file("name: node-1\ntap_mode: local\n");

    assertThat(run("agent", "update", "-f", file.toString())).isEqualTo(2);

    assertThat(asked).isEmpty();
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("tap_mode", "update-example");
  }

  @Test
  void saysThatThereIsNoSuchAgent() {
    answers.put("GET /v1/vtaps/?name=node-9", "[]");

    assertThat(run("agent", "delete", "node-9")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("no agent 'node-9'", "agent list");
  }

  @Test
  void makesAGroupAndSaysItsId() {
    answers.put("POST /v1/vtap-groups/", "{\"NAME\":\"web\",\"SHORT_UUID\":\"g-abcdefghij\"}");

    assertThat(run("agent-group", "create", "web")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines("g-abcdefghij\n");
    assertThat(asked).containsExactly("POST /v1/vtap-groups/ {\"name\":\"web\",\"group_id\":\"\"}");
  }

  @Test
  void storesAConfigurationAsItIsAndPassesWarningsOn() throws Exception {
    answers.put(
        "PUT /v1/agent-group-configuration/web/yaml", "{\"WARNINGS\":[\"x has no effect\"]}");

    Path file = file("inputs: {}\n");
    assertThat(run("agent-group-config", "update", "web", "-f", file.toString())).isZero();

    assertThat(asked).containsExactly("PUT /v1/agent-group-configuration/web/yaml inputs: {}");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("x has no effect");
  }

  @Test
  void printsAGroupsConfigurationAsItWasWritten() {
    answers.put("GET /v1/agent-group-configuration/web/yaml", "\"# mine\\ninputs: {}\\n\"");

    assertThat(run("agent-group-config", "list", "web", "-o", "yaml")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("# mine\ninputs: {}\n");
  }

  @Test
  void saysWhatTheServerRefused() {
    assertThat(run("agent-group", "delete", "nosuch")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("it isn't there");
  }

  @Test
  void completesItsCommandsInBashAndZsh() {
    assertThat(run("completion", "bash")).isZero();
    String bash = out.toString(StandardCharsets.UTF_8);
    assertThat(bash).contains("agent-group-config", "complete");
    out.reset();
    assertThat(run("completion", "zsh")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("compinit", "agent-group-config");
  }
}
