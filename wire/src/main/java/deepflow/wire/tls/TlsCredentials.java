package deepflow.wire.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the files of [TlsFiles] hold.
///
/// @param key of the chain's first certificate; null when this end has none
/// @param chain this end's certificate, followed by those between it and an authority; empty when
///   it has none
/// @param authorities one of which must have signed the other end's certificate; empty when it
///   needs none
public record TlsCredentials(
    @Nullable PrivateKey key, List<X509Certificate> chain, List<X509Certificate> authorities) {
  public TlsCredentials {
    chain = List.copyOf(chain);
    authorities = List.copyOf(authorities);
  }

  /// Without the key.
  @Override
  public String toString() {
    return "%s, trusting %s".formatted(chain, authorities);
  }
}
