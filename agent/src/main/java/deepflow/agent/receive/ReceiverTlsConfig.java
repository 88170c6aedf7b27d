package deepflow.agent.receive;

import deepflow.wire.tls.TlsFiles;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// TLS for senders, as an operator sets it.
///
/// @param files certificate and key that senders are shown, which turn TLS on; the authorities are
///   those one of which must have signed a sender's certificate, null when senders need none
/// @param cleartext whether the same ports take senders without TLS too
public record ReceiverTlsConfig(TlsFiles files, boolean cleartext) {
  /// Cleartext only.
  public static final ReceiverTlsConfig NONE = new ReceiverTlsConfig(TlsFiles.NONE, false);

  /// Reads the files; null when there are none. Without them no class of TLS is loaded.
  ///
  /// @throws IOException with a sentence, when they can't be used
  public @Nullable ReceiverTls open() throws IOException {
    return files.isEmpty() && !cleartext ? null : ReceiverTls.open(this);
  }
}
