package deepflow.wire.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where one end's PEM files are. Their paths may be printed; what they hold is never.
///
/// @param authorities certificates, one of which must have signed the other end's; null when the
///   other end needs none
/// @param certificate this end's, followed by those between it and an authority; null when it has
///   none
/// @param key private key of `certificate`: PKCS#8, PKCS#1 or SEC 1, not encrypted
public record TlsFiles(@Nullable Path authorities, @Nullable Path certificate, @Nullable Path key) {
  /// No files: no TLS.
  public static final TlsFiles NONE = new TlsFiles(null, null, null);

  /// Whether there are none. Asked at each start, where the equality of records would be linked
  /// first.
  public boolean isEmpty() {
    return authorities == null && certificate == null && key == null;
  }

  List<Path> all() {
    return Stream.of(authorities, certificate, key).filter(Objects::nonNull).toList();
  }
}
