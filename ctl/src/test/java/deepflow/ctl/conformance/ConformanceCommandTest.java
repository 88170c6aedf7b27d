package deepflow.ctl.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ConformanceCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private PlantedServer server = new PlantedServer();
  private String address = "";

  @BeforeEach
  void start() {
    address = "127.0.0.1:" + server.port();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void exitsWith0AndSaysWhatItChecked() {
    int code = run("http://" + address, "grpc://" + address, "--only", "o6,O13.1");

    assertThat(code).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .contains(
            "http://" + address + "/v1/traces (HTTP/1.1)",
            "  passed  O6.1   MUST    answers full success with exactly 200",
            "  passed  O13.1  SHOULD  takes an empty request",
            "  6 passed, 0 failed (0 of them MUST), 0 skipped",
            "grpc://" + address + " (gRPC)");
  }

  @Test
  void exitsWith1AndSaysWhatWasExpectedWhenAMustIsBroken() {
    server.plant(Fault.ANSWERS_202.distortion());

    int code = run(address, "--only", "O6.1");

    assertThat(code).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("FAILED  O6.1", "expected: HTTP 200", "got:      HTTP 202", "OTLP 1.11.0");
  }

  @Test
  void exitsWith0WhenOnlyAShouldIsBroken() {
    server.plant(Fault.CALLS_UNKNOWN_PATHS_BAD.distortion());

    assertThat(run(address, "--only", "O21")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("1 failed (0 of them MUST)");
  }

  @Test
  void writesJsonForPrograms() {
    int code = run("h2c://" + address, "--only", "O7.1", "-o", "json");

    JsonNode reports = new JsonMapper().readTree(out.toString(StandardCharsets.UTF_8));
    assertThat(code).isZero();
    assertThat(reports.path(0).path("transport").asString("")).isEqualTo("HTTP/2");
    JsonNode check = reports.path(0).path("checks").path(0);
    assertThat(check.path("id").asString("")).isEqualTo("O7.1");
    assertThat(check.path("level").asString("")).isEqualTo("MUST");
    assertThat(check.path("outcome").asString("")).isEqualTo("passed");
  }

  @Test
  void sendsItsHeadersWithEveryRequest() {
    server.plant(
        Distortion.refuse(ask -> !ask.header("authorization").equals("Bearer a=b"), 401, 16));

    assertThat(run(address, "--only", "O1.1")).isEqualTo(1);
    assertThat(run(address, "--only", "O1,O22", "--header", "Authorization=Bearer a=b")).isZero();
  }

  @Test
  void exitsWith2WhenTheCommandLineIsWrong() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("ftp://" + address)).isEqualTo(2);
    assertThat(run("http://")).isEqualTo(2);
    assertThat(run(address, "--only", "O99")).isEqualTo(2);
    assertThat(run(address, "--limit-bytes", "1")).isEqualTo(2);
    assertThat(run(address, "--timeout", "0")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("begins with none of", "O1 to O22", "64 KiB", "seconds");
  }

  @Test
  void exitsWith3WhenNobodyListens() {
    server.close();

    assertThat(run(address, "--only", "O1")).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("can't reach", address);
    server = new PlantedServer();
  }

  @Test
  void speaksTlsAndTakesAnyCertificateOnlyWhenAskedTo(@TempDir Path folder) throws Exception {
    try (PlantedServer secure = new PlantedServer(keys(folder))) {
      String[] urls = {
        "https://127.0.0.1:" + secure.port(),
        "h2://127.0.0.1:" + secure.port(),
        "grpcs://127.0.0.1:" + secure.port()
      };
      for (String url : urls) {
        assertThat(run(url, "--only", "O1.1")).as(url).isEqualTo(1);
        assertThat(run(url, "--only", "O1.1", "--insecure-tls")).as(url).isZero();
      }
    }
  }

  /// A key and a certificate that vouches for itself.
  private static KeyManagerFactory keys(Path folder) throws Exception {
    Path file = folder.resolve("keys.p12");
    char[] password = "password".toCharArray();
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process process =
        new ProcessBuilder(
                keytool,
                "-J-Duser.language=en",
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "server",
                "-dname",
                "CN=somebody",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                "password")
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      store.load(in, password);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    return keys;
  }

  private int run(String... arguments) {
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream printErrors = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new CommandLine(new ConformanceCommand(print, printErrors))
        .setErr(new PrintWriter(printErrors, true, StandardCharsets.UTF_8))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(arguments);
  }
}
