package deepflow.server;

import java.io.OutputStream;
import java.nio.file.Path;

/// A server in a process of its own. Argument: its data directory. Prints its two ports when it is
/// ready.
final class ServerProcess {
  private ServerProcess() {}

  public static void main(String[] arguments) throws Exception {
    RunningServer server =
        ServerMain.start(ServerConfig.defaults(Path.of(arguments[0])).withPorts(0, 0));
    System.out.println("ports " + server.address().getPort() + " " + server.ingestPort());
    // Ends with its parent, however that ends.
    System.in.transferTo(OutputStream.nullOutputStream());
    Runtime.getRuntime().halt(1);
  }
}
