package deepflow.agent.forward;

import deepflow.wire.tls.TlsChannel;
import deepflow.wire.tls.TlsContext;
import deepflow.wire.tls.TlsFiles;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TLS to the servers: what this agent shows, whom it believes, and what to tell an operator when
/// the two ends don't come to terms.
public final class LinkTls {
  private static final Logger LOG = LoggerFactory.getLogger(LinkTls.class);
  private static final String CLOSED =
      "the server closed the connection after TLS's handshake: if it isn't just stopping, it wants a certificate that it accepts: see --link-tls-cert and --link-tls-key";

  private final TlsContext context;
  private final String serverName;

  private LinkTls(TlsContext context, String serverName) {
    this.context = context;
    this.serverName = serverName;
  }

  /// @throws IOException with a sentence, when the files of `link` can't be used
  static LinkTls open(LinkConfig link) throws IOException {
    TlsFiles files = link.tls();
    if ((files.certificate() == null) != (files.key() == null)) {
      throw new IOException("--link-tls-cert and --link-tls-key go together");
    }
    if (files.authorities() == null) {
      throw new IOException(
          "TLS needs --link-tls-ca, the certificate of who signs the servers' certificates");
    }
    return new LinkTls(TlsContext.open(files, System::nanoTime, LOG::warn), link.serverName());
  }

  /// How long the certificate that this agent shows is still valid; null when it shows none.
  @Nullable Duration remaining() {
    return context.remaining();
  }

  /// Comes to terms with a server.
  ///
  /// @throws IOException with a sentence, when they don't
  Wire over(SocketChannel socket, ServerAddress server, Duration timeout) throws IOException {
    String name = serverName.isEmpty() ? server.host() : serverName;
    try {
      TlsChannel tls = TlsChannel.client(socket, context.current(), name, timeout);
      return new Wire(new Explaining(tls), tls, socket);
    } catch (SSLException | EOFException | SocketTimeoutException failed) {
      throw explained(failed, name);
    }
  }

  /// A server judges this agent's certificate after the handshake: then the first read fails, with
  /// its alert, or without when the connection's end was faster.
  private static final class Explaining implements ReadableByteChannel {
    private final TlsChannel tls;
    private boolean heard;

    Explaining(TlsChannel tls) {
      this.tls = tls;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      try {
        int count = tls.read(target);
        heard |= count > 0;
        if (!heard) {
          throw new LinkException(CLOSED);
        }
        return count;
      } catch (SSLException refused) {
        throw explained(refused, "");
      } catch (SocketException broken) {
        throw heard ? broken : new LinkException(CLOSED);
      }
    }

    @Override
    public boolean isOpen() {
      return tls.isOpen();
    }

    @Override
    public void close() throws IOException {
      tls.close();
    }
  }

  private static LinkException explained(IOException failed, String name) {
    String reason = String.valueOf(failed.getMessage());
    String sentence =
        switch (kind(failed)) {
          case NOT_TLS ->
              "the server doesn't answer in TLS 1.3: give it --ingest-tls-cert and --ingest-tls-key, or this agent no --link-tls-ca";
          case OTHER_NAME ->
              "the server's certificate is not for '%s': --link-tls-server-name names what it is for"
                  .formatted(name);
          case NOT_VALID_NOW ->
              "the server's certificate has expired or is not yet valid: renew it, unless this machine's clock is wrong";
          case NOT_TRUSTED ->
              "no certificate in the file of --link-tls-ca stands for the server's certificate";
          case NOT_ACCEPTED ->
              "the server doesn't accept this agent's certificate, or wants one: see --link-tls-cert and --link-tls-key";
          case OTHER -> "TLS failed";
        };
    return new LinkException("%s (%s)".formatted(sentence, reason));
  }

  private enum Kind {
    NOT_TLS,
    OTHER_NAME,
    NOT_VALID_NOW,
    NOT_TRUSTED,
    NOT_ACCEPTED,
    OTHER
  }

  /// By the JDK's words, where it has no types.
  private static Kind kind(IOException failed) {
    String words = String.valueOf(failed.getMessage());
    if (failed instanceof EOFException
        || failed instanceof SocketTimeoutException
        || words.contains("terminated the handshake")
        || words.contains("unrecognized SSL message")
        || words.contains("protocol_version")) {
      return Kind.NOT_TLS;
    }
    if (words.contains("alternative") || words.contains("No name matching")) {
      return Kind.OTHER_NAME;
    }
    if (words.contains("fatal alert") && (words.contains("cert") || words.contains("_ca"))) {
      return Kind.NOT_ACCEPTED;
    }
    if (isNotValidNow(failed)) {
      return Kind.NOT_VALID_NOW;
    }
    return failed.getCause() instanceof CertificateException ? Kind.NOT_TRUSTED : Kind.OTHER;
  }

  private static boolean isNotValidNow(IOException failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException
          || cause instanceof CertificateNotYetValidException) {
        return true;
      }
    }
    return false;
  }
}
