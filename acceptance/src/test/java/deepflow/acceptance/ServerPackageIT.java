package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import deepflow.benchmarks.SpanMill;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server's package on a host that has nothing else. Only in the long tier: half a gigabyte of
/// engine is packed twice.
class ServerPackageIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void nobodyRunsItOnAReadOnlyFileSystemWithoutJava(
      @TempDir Path unpacked, @TempDir Path data, @TempDir Path agentData) throws Exception {
    assumeTrue(Tier.LONG, "only in the long tier");
    Packaged packaged = Packaged.make("server", unpacked);
    DeepFlow.Address address = DeepFlow.Address.free();
    String[] ports = {
      "--server-port", Integer.toString(address.server()),
      "--ingest-port", Integer.toString(address.ingest())
    };
    try (RunningProcess server = packaged.startLockedUp(data, address.server(), ports);
        DeepFlow agent = DeepFlow.agent(agentData, address.ingest()).start()) {
      SpanMill mill = LoadOn.mill("packaged-server", 1, 1);
      URI traces = agent.address().otlpTraces();
      assertThat(OtlpPost.from("127.0.0.1", traces, "application/x-protobuf", mill.request(0)))
          .isEqualTo(200);
      String id = Otlp.traceIds(mill.request(0)).getFirst();
      ServerClient client = new ServerClient(address);
      Patience.await(PATIENCE, () -> assertThat(client.trace(id)).isPresent());
      assertThat(client.get("/").body()).contains("<!doctype html>");
      assertThat(server.terminate(PATIENCE)).isZero();
    }
  }
}
