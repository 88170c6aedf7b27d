package deepflow.agent.forward;

import java.io.IOException;

/// The link can't be used, for a reason that an operator should read. The data stays in the queue.
final class LinkException extends IOException {
  LinkException(String message) {
    super(message);
  }
}
