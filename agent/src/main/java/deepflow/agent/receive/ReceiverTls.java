package deepflow.agent.receive;

import static java.util.Objects.requireNonNull;

import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.TlsProvider;
import com.linecorp.armeria.common.util.TlsEngineType;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerTlsConfig;
import com.linecorp.armeria.server.ServerTlsConfigBuilder;
import deepflow.wire.tls.TlsContext;
import deepflow.wire.tls.TlsCredentials;
import deepflow.wire.tls.TlsFiles;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TLS 1.3 and 1.2 for senders, by the JDK, with the cipher suites that HTTP/2 allows.
///
/// The HTTP server asks for the key pair once a connection, when its first bytes have come, and
/// makes a new context when the answer isn't equal to the one before: a renewed certificate reaches
/// the next connection, and sessions of the old one can't be resumed.
public final class ReceiverTls {
  private static final Logger log = LoggerFactory.getLogger(ReceiverTls.class);

  private final TlsContext context;
  private final boolean cleartext;

  private ReceiverTls(TlsContext context, boolean cleartext) {
    this.context = context;
    this.cleartext = cleartext;
  }

  /// @throws IOException with a sentence, when the files of `config` can't be used
  static ReceiverTls open(ReceiverTlsConfig config) throws IOException {
    requirePair(config);
    if (config.cleartext() && config.files().authorities() != null) {
      log.warn(
          "--tls-cleartext lets senders in that show no certificate, whatever --tls-client-ca says");
    }
    return new ReceiverTls(read(config.files()), config.cleartext());
  }

  private static void requirePair(ReceiverTlsConfig config) throws IOException {
    TlsFiles files = config.files();
    if ((files.certificate() == null) != (files.key() == null)) {
      throw new IOException("--tls-cert and --tls-key go together: give both, or neither");
    }
    if (files.certificate() == null) {
      throw new IOException(
          "%s needs --tls-cert and --tls-key: without them there is no TLS for senders"
              .formatted(config.cleartext() ? "--tls-cleartext" : "--tls-client-ca"));
    }
  }

  private static TlsContext read(TlsFiles files) throws IOException {
    try {
      return TlsContext.open(files, System::nanoTime, log::warn);
    } catch (IOException unusable) {
      throw new IOException(
          "%s: mend that, or choose another file with --tls-cert, --tls-key or --tls-client-ca"
              .formatted(unusable.getMessage()),
          unusable);
    }
  }

  /// What a port speaks.
  Set<SessionProtocol> protocols() {
    return cleartext
        ? EnumSet.of(SessionProtocol.HTTPS, SessionProtocol.HTTP)
        : EnumSet.of(SessionProtocol.HTTPS);
  }

  /// Makes a server show the certificate, and count who doesn't come to terms with it.
  ///
  /// @param rules for senders, of each connection
  void configure(ServerBuilder server, SenderRules rules, MeterRegistry registry) {
    HandshakeFailures failures = new HandshakeFailures(registry, System::nanoTime, log::warn);
    server
        .tlsEngineType(TlsEngineType.JDK)
        .tlsProvider(new Current(context), senders())
        .childChannelPipelineCustomizer(
            pipeline -> HandshakeWatch.addTo(pipeline, rules, failures));
    Gauge.builder("deepflow_agent_tls_certificate_remaining_seconds", context, ReceiverTls::seconds)
        .description("Until the certificate that senders are shown expires; negative afterwards")
        .register(registry);
  }

  /// Where senders need no certificate, somebody is trusted all the same, though never asked: for
  /// nobody, each context would read the authorities that the JDK comes with.
  private ServerTlsConfig senders() {
    ServerTlsConfigBuilder config = ServerTlsConfig.builder();
    return context.knowsAuthorities()
        ? config.clientAuth(ClientAuth.REQUIRE).build()
        : config.tlsCustomizer(c -> c.trustManager(context.credentials().chain())).build();
  }

  private static double seconds(TlsContext context) {
    Duration remaining = context.remaining();
    return remaining == null ? Double.NaN : remaining.toSeconds();
  }

  /// What is in force now, whatever name a sender asks for.
  private record Current(TlsContext context) implements TlsProvider {
    @Override
    public TlsKeyPair keyPair(String name) {
      TlsCredentials now = context.credentials();
      return TlsKeyPair.of(requireNonNull(now.key()), now.chain());
    }

    @Override
    public List<X509Certificate> trustedCertificates(String name) {
      return context.credentials().authorities();
    }
  }
}
