package deepflow.demo.run;

import deepflow.demo.story.Service;
import java.util.List;
import java.util.Map;

/// How a service is run.
///
/// @param environment what it needs besides what every service is told
record Program(Service service, List<String> command, Map<String, String> environment) {
  Program {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
