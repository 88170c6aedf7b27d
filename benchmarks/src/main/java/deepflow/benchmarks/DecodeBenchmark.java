package deepflow.benchmarks;

import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.storage.BlockId;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import deepflow.wire.otlp.MalformedProtobufException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/// Measures steps ⑤ and ⑥ alone: requests to a block in Native format, which is then thrown away.
/// Prints spans per second of the thread's CPU time, one line a round; the first rounds warm up.
///
/// Arguments: rounds (20), spans a block (100000), spans a request (512), pods (0: none is known).
/// With pods, each block has a snapshot of its own, as in a cluster where something always changes.
public final class DecodeBenchmark {
  private static final double NANOS_OF_SECOND = 1e9;

  private DecodeBenchmark() {}

  public static void main(String[] arguments)
      throws MalformedProtobufException, InterruptedException {
    int rounds = argument(arguments, 0, 20);
    int spansInBlock = argument(arguments, 1, 65_536);
    int spansInRequest = argument(arguments, 2, 512);
    var requests = requests(spansInBlock, spansInRequest);
    try (var pods = new ManyPods(argument(arguments, 3, 0))) {
      run(rounds, requests, pods);
    }
  }

  private static void run(int rounds, List<byte[]> requests, ManyPods pods)
      throws MalformedProtobufException, InterruptedException {
    var draft = new Draft(pods::snapshot);
    var encoder = new SpanEncoder();
    var block = new StoredBlock();
    var threads = ManagementFactory.getThreadMXBean();
    for (int round = 1; round <= rounds; round++) {
      pods.change();
      long start = threads.getCurrentThreadCpuTime();
      draft.begin(new Batch(new Identity(1, 2), 1, round));
      for (byte[] request : requests) {
        draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
      }
      long taken = threads.getCurrentThreadCpuTime();
      block.begin(new BlockId(1_800_000_000_000_000_000L + round));
      encoder.encode(draft, block);
      long encoded = threads.getCurrentThreadCpuTime();
      long[] bytes = {0};
      block.spans().block().writeTo((source, offset, length) -> bytes[0] += length);
      long written = threads.getCurrentThreadCpuTime();
      int spans = draft.spans();
      System.out.printf(
          "round %d: %,.0f spans per CPU second; per span: take %.0f ns, encode %.0f ns, write %.0f"
              + " ns; %.0f bytes in, %.0f bytes out%n",
          round,
          spans * NANOS_OF_SECOND / (written - start),
          (double) (taken - start) / spans,
          (double) (encoded - taken) / spans,
          (double) (written - encoded) / spans,
          (double) draft.bytes() / spans,
          (double) bytes[0] / spans);
      draft.clear();
    }
  }

  private static List<byte[]> requests(int spans, int spansInRequest) {
    var mill =
        new SpanMill("shop", 42, 1_800_000_000_000_000_000L, Math.max(1, spansInRequest / 16), 16);
    var requests = new ArrayList<byte[]>();
    for (int i = 0; i * mill.spansInRequest() < spans; i++) {
      requests.add(mill.request(i));
    }
    return requests;
  }

  private static int argument(String[] arguments, int index, int otherwise) {
    return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
  }
}
