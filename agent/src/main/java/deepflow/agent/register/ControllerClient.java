package deepflow.agent.register;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// Sends OpAMP's messages to a controller over HTTP, by what the JDK's base module has: a second
/// HTTP client would cost an idle agent memory and threads.
final class ControllerClient {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final int ANSWER_BYTES_MAX = 1 << 20;
  private static final int REASON_MAX = 200;

  private final URI controller;

  ControllerClient(URI controller) {
    this.controller = controller;
  }

  /// Sends a message and returns the answer.
  ///
  /// @param timeout until connected, and until more of the answer comes
  /// @throws IOException with a sentence, when there is no answer, or one that isn't OpAMP's
  byte[] exchange(byte[] message, Duration timeout) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) controller.toURL().openConnection();
    connection.setConnectTimeout((int) timeout.toMillis());
    connection.setReadTimeout((int) timeout.toMillis());
    connection.setInstanceFollowRedirects(false);
    connection.setRequestMethod("POST");
    connection.setRequestProperty("Content-Type", PROTOBUF);
    connection.setRequestProperty("Accept", PROTOBUF);
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(message.length);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(message);
    }
    return answer(connection);
  }

  private static byte[] answer(HttpURLConnection connection) throws IOException {
    int status = connection.getResponseCode();
    if (status != HttpURLConnection.HTTP_OK) {
      throw new IOException("it answered %s %s".formatted(status, reason(connection)).strip());
    }
    if (!PROTOBUF.equals(connection.getContentType())) {
      throw new IOException(
          "it answered %s and no OpAMP: is it a deepflow-server?"
              .formatted(connection.getContentType()));
    }
    try (InputStream in = connection.getInputStream()) {
      byte[] answer = in.readNBytes(ANSWER_BYTES_MAX + 1);
      if (answer.length > ANSWER_BYTES_MAX) {
        throw new IOException("its answer is larger than " + ANSWER_BYTES_MAX + " bytes");
      }
      return answer;
    }
  }

  private static String reason(HttpURLConnection connection) throws IOException {
    try (InputStream error = connection.getErrorStream()) {
      return error == null
          ? ""
          : new String(error.readNBytes(REASON_MAX), StandardCharsets.UTF_8).strip();
    }
  }
}
