package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent's Debian package under a real systemd: installed, started, killed, upgraded, stopped,
/// purged. Only in the long tier, as root.
class SystemdIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String UNIT = "deepflow-agent";
  private static final String SPAN =
      """
      {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0123456789abcdef0123456789abcdef",
        "spanId":"0123456789abcdef","name":"GET /"}]}]}]}\
      """;

  @Test
  void thePackageLivesUnderSystemd(@TempDir Path unpacked, @TempDir Path folder) throws Exception {
    assumeTrue(Tier.LONG, "only in the long tier");
    RealParts.debian();
    List<Path> packages = Packaged.make("agent", unpacked).debianPackages();
    assertThat(packages).hasSize(1);
    String file = "/srv/" + packages.getFirst().getFileName();
    Path span = Files.writeString(unpacked.resolve("span.json"), SPAN);
    try (DebianHost host = DebianHost.boot(folder, List.of(packages.getFirst(), span))) {
      host.run("dpkg", "--install", file).ok();
      startedWhenItTakesSpans(host);
      startsAgainWhenItIsKilled(host);
      isLeftByAnUpgradeAsItsAdministratorWantsIt(host, file);
      comesBackAsItWas(host, file);
      stopsCleanly(host);
      nothingIsLeftOfIt(host);
    }
  }

  /// `Type=notify`: when the installation is over, it does.
  private static void startedWhenItTakesSpans(DebianHost host) throws Exception {
    assertThat(show(host, "ActiveState")).isEqualTo("active");
    assertThat(show(host, "StatusText")).contains("Taking traces on http://127.0.0.1:38086");
    host.run(
            "curl",
            "--silent",
            "--fail",
            "--header",
            "content-type: application/json",
            "--data",
            "@/srv/span.json",
            "http://127.0.0.1:4318/v1/traces")
        .ok();
    assertThat(host.run("journalctl", "--unit", UNIT, "--output", "cat").ok())
        .contains("Started in");
  }

  private static void startsAgainWhenItIsKilled(DebianHost host) throws Exception {
    host.run("systemctl", "kill", "--signal=KILL", UNIT).ok();
    Patience.await(
        PATIENCE,
        () -> {
          assertThat(show(host, "NRestarts")).isEqualTo("1");
          assertThat(show(host, "ActiveState")).isEqualTo("active");
        });
    // What was acknowledged is there still, and of nobody but the service's own user.
    assertThat(host.run("sh", "-c", "ls /var/lib/private/deepflow-agent/queue").ok())
        .contains(".segment");
    assertThat(host.run("stat", "--format=%a", "/var/lib/private/deepflow-agent").ok().strip())
        .isEqualTo("700");
  }

  private static void isLeftByAnUpgradeAsItsAdministratorWantsIt(DebianHost host, String file)
      throws Exception {
    host.run("systemctl", "disable", "--now", UNIT).ok();
    host.run("dpkg", "--install", file).ok();
    assertThat(show(host, "UnitFileState")).isEqualTo("disabled");
    assertThat(show(host, "ActiveState")).isEqualTo("inactive");

    host.run("systemctl", "mask", UNIT).ok();
    host.run("dpkg", "--install", file).ok();
    assertThat(show(host, "UnitFileState")).isEqualTo("masked");
    assertThat(show(host, "ActiveState")).isEqualTo("inactive");

    host.run("systemctl", "unmask", UNIT).ok();
    host.run("systemctl", "enable", "--now", UNIT).ok();
    String before = show(host, "MainPID");
    host.run("dpkg", "--install", file).ok();
    assertThat(show(host, "MainPID")).isNotEqualTo(before);
    assertThat(show(host, "ActiveState")).isEqualTo("active");
  }

  private static void comesBackAsItWas(DebianHost host, String file) throws Exception {
    host.run("dpkg", "--remove", UNIT).ok();
    assertThat(show(host, "ActiveState")).isEqualTo("inactive");
    host.run("dpkg", "--install", file).ok();
    assertThat(show(host, "UnitFileState")).isEqualTo("enabled");
    assertThat(show(host, "ActiveState")).isEqualTo("active");
  }

  private static void stopsCleanly(DebianHost host) throws Exception {
    host.run("systemctl", "stop", UNIT).ok();
    assertThat(show(host, "Result")).isEqualTo("success");
    assertThat(show(host, "ActiveState")).isEqualTo("inactive");
  }

  private static void nothingIsLeftOfIt(DebianHost host) throws Exception {
    host.run("dpkg", "--purge", UNIT).ok();
    assertThat(
            host.run(
                    "find",
                    "/var/lib",
                    "/etc",
                    "/usr",
                    "-name",
                    "*deepflow*",
                    "-not",
                    "-path",
                    "*/dpkg/*")
                .ok())
        .isEmpty();
  }

  private static String show(DebianHost host, String property) throws Exception {
    return host.run("systemctl", "show", "--value", "--property=" + property, UNIT).ok().strip();
  }
}
