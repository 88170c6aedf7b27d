package deepflow.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The agent as a program of its own.
record AgentProcess(Process process, BufferedReader reader, StringBuilder said) {
  /// Starts one.
  ///
  /// @param jvmOption of its memory
  static AgentProcess start(String jvmOption, Path data, String... flags) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(jvmOption, "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(AgentMain.class.getName(), "--data", data.toString()));
    command.addAll(List.of(flags));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new AgentProcess(process, process.inputReader(UTF_8), new StringBuilder());
  }

  /// Reads on until a line has this part.
  String awaitLine(String part) throws IOException {
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      said.append(line).append('\n');
      if (line.contains(part)) {
        return line;
      }
    }
    throw new AssertionError("'" + part + "' was never said, but: " + said);
  }

  /// Where it takes traces.
  String awaitEndpoint() throws IOException {
    return awaitLine("Taking traces on ").split(" ", -1)[3];
  }

  /// All that it says until it ends.
  String awaitEnd() throws IOException {
    reader.lines().forEach(line -> said.append(line).append('\n'));
    return said.toString();
  }
}
