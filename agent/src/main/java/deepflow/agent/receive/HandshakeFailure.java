package deepflow.agent.receive;

import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.StringJoiner;
import javax.net.ssl.SSLException;

/// Why a sender and the receiver didn't come to terms in TLS.
enum HandshakeFailure {
  CLEARTEXT(
      "comes without TLS: let its endpoint begin with https:// (gRPC: without `insecure`), or set --tls-cleartext"),
  CLIENT_CERTIFICATE(
      "shows no certificate that counts: it needs one, valid now, that an authority in the file of --tls-client-ca has signed"),
  SERVER_CERTIFICATE(
      "doesn't accept the certificate of --tls-cert: it must know its authority (a collector's tls.ca_file, an SDK's OTEL_EXPORTER_OTLP_CERTIFICATE), and the certificate must be valid now and for the name that the sender connects to"),
  VERSION(
      "speaks neither TLS 1.3 nor TLS 1.2 with one of the cipher suites that HTTP/2 allows: renew its TLS"),
  GONE("went away in TLS's handshake: if it is a sender, its own log says why"),
  OTHER("and this agent don't come to terms in TLS");

  /// What to do, as it goes on after the sender's address.
  final String advice;

  HandshakeFailure(String advice) {
    this.advice = advice;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// By the JDK's words, where it has no types.
  static HandshakeFailure of(Throwable failure) {
    Throwable cause = unwrapped(failure);
    String words = words(failure);
    if (cause instanceof NotSslRecordException) {
      return CLEARTEXT;
    }
    // OpenSSL sends its alert in plaintext, which the JDK doesn't expect in TLS 1.3.
    if (words.contains("fatal alert") || words.contains("alert received")) {
      return words.contains("cert") || words.contains("_ca") ? SERVER_CERTIFICATE : OTHER;
    }
    if (isAboutCertificate(cause) || words.contains("client certificate")) {
      return CLIENT_CERTIFICATE;
    }
    if (words.contains("protocol_version") || words.contains("cipher suites")) {
      return VERSION;
    }
    return cause instanceof IOException && !(cause instanceof SSLException) ? GONE : OTHER;
  }

  /// Without what Netty wraps it in.
  private static Throwable unwrapped(Throwable failure) {
    return failure instanceof DecoderException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /// What a failure and its causes say.
  static String words(Throwable failure) {
    StringJoiner words = new StringJoiner(": ");
    for (Throwable cause = unwrapped(failure); cause != null; cause = cause.getCause()) {
      words.add(cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }
    return words.toString();
  }

  private static boolean isAboutCertificate(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }
}
