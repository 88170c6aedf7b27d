package deepflow.wire.tls;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// What one end shows and whom it trusts, from [TlsFiles]. Looks at the files before each new
/// connection: who renews a certificate need not restart anything. Files that can't be used (half
/// of a pair is written, say, or the certificate has expired) leave the old ones in force. For all
/// threads.
public final class TlsContext {
  private static final long COMPLAINT_INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final char[] NO_PASSWORD = {};
  private static final byte[] PROBE = {1, 2, 3, 4, 5, 6, 7, 8};

  private final TlsFiles files;
  private final LongSupplier nanoClock;
  private final Consumer<String> complaints;
  private Loaded loaded;
  private List<String> stamps;
  private boolean complained;
  private long complainedNanos;

  /// What was read, and the JDK's context made of it.
  private record Loaded(SSLContext context, TlsCredentials credentials) {
    @Nullable X509Certificate certificate() {
      return credentials.chain().isEmpty() ? null : credentials.chain().getFirst();
    }
  }

  private TlsContext(TlsFiles files, LongSupplier nanoClock, Consumer<String> complaints)
      throws IOException {
    this.files = files;
    this.nanoClock = nanoClock;
    this.complaints = complaints;
    stamps = stamps();
    loaded = load();
    sayWhenInvalid();
  }

  /// Reads the files. A certificate that has expired is used all the same, for want of another: the
  /// clock may be wrong, and who renews it need not restart anything.
  ///
  /// @param complaints takes a sentence when the certificate is not valid now, and when changed
  ///   files can't be used, at most once a minute
  /// @throws IOException with a sentence, when they can't be used
  public static TlsContext open(TlsFiles files, LongSupplier nanoClock, Consumer<String> complaints)
      throws IOException {
    return new TlsContext(files, nanoClock, complaints);
  }

  /// Whether the other end must show a certificate.
  public boolean knowsAuthorities() {
    return files.authorities() != null;
  }

  /// For the next connection.
  public synchronized SSLContext current() {
    refresh();
    return loaded.context;
  }

  /// What [#current()] is made of, for who makes a context of another kind. Equal as long as the
  /// same is in force.
  public synchronized TlsCredentials credentials() {
    refresh();
    return loaded.credentials;
  }

  private void refresh() {
    try {
      // Before they are read: what changes in between is read again.
      List<String> found = stamps();
      if (!found.equals(stamps)) {
        Loaded renewed = load();
        requireValid(renewed);
        loaded = renewed;
        stamps = found;
        complained = false;
      }
    } catch (IOException unusable) {
      complain(unusable);
    }
  }

  /// How long this end's certificate is still valid, less than nothing when it has expired; null
  /// when it has none. Looks at the files, as a new connection would.
  public synchronized @Nullable Duration remaining() {
    refresh();
    X509Certificate certificate = loaded.certificate();
    return certificate == null
        ? null
        : Duration.between(Instant.now(), certificate.getNotAfter().toInstant());
  }

  private void sayWhenInvalid() {
    try {
      requireValid(loaded);
    } catch (IOException invalid) {
      complaints.accept("%s: the other end will not accept it".formatted(invalid.getMessage()));
    }
  }

  private void requireValid(Loaded read) throws IOException {
    X509Certificate certificate = read.certificate();
    try {
      if (certificate != null) {
        certificate.checkValidity();
      }
    } catch (CertificateException invalid) {
      throw new IOException(
          "the certificate of %s is valid from %s to %s, which is not now"
              .formatted(
                  files.certificate(),
                  requireNonNull(certificate).getNotBefore().toInstant(),
                  certificate.getNotAfter().toInstant()),
          invalid);
    }
  }

  private void complain(IOException unusable) {
    long now = nanoClock.getAsLong();
    if (!complained || now - complainedNanos >= COMPLAINT_INTERVAL_NANOS) {
      complained = true;
      complainedNanos = now;
      complaints.accept(
          "%s: the certificates read before stay in force".formatted(unusable.getMessage()));
    }
  }

  /// What a file looks like from outside; a link that points elsewhere (as Kubernetes renews
  /// secrets) is another file.
  private List<String> stamps() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : files.all()) {
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        found.add("%s %s %s".formatted(now.lastModifiedTime(), now.size(), now.fileKey()));
      } catch (IOException e) {
        throw new IOException("%s can't be read (%s)".formatted(file, e), e);
      }
    }
    return found;
  }

  private Loaded load() throws IOException {
    try {
      TlsCredentials credentials = read();
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(own(credentials), trusted(credentials), new SecureRandom());
      return new Loaded(context, credentials);
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificates of %s can't be used: %s".formatted(files, e), e);
    }
  }

  private TlsCredentials read() throws IOException, GeneralSecurityException {
    Path authorities = files.authorities();
    List<X509Certificate> trusted = authorities == null ? List.of() : Pem.certificates(authorities);
    Path certificate = files.certificate();
    Path key = files.key();
    if (certificate == null || key == null) {
      return new TlsCredentials(null, List.of(), trusted);
    }
    List<X509Certificate> chain = Pem.certificates(certificate);
    PublicKey publicKey = chain.getFirst().getPublicKey();
    PrivateKey privateKey = Pem.key(key, publicKey);
    if (!isPair(privateKey, publicKey)) {
      throw new IOException("%s is not the key of %s".formatted(key, certificate));
    }
    return new TlsCredentials(privateKey, chain, trusted);
  }

  private static KeyManager @Nullable [] own(TlsCredentials credentials)
      throws IOException, GeneralSecurityException {
    PrivateKey key = credentials.key();
    if (key == null) {
      return null;
    }
    KeyStore store = emptyStore();
    X509Certificate[] chain = credentials.chain().toArray(X509Certificate[]::new);
    store.setKeyEntry("own", key, NO_PASSWORD, chain);
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, NO_PASSWORD);
    return managers.getKeyManagers();
  }

  /// The key store would take any two.
  private static boolean isPair(PrivateKey privateKey, PublicKey publicKey)
      throws GeneralSecurityException {
    String algorithm =
        switch (publicKey.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> publicKey.getAlgorithm();
        };
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(privateKey);
    signature.update(PROBE);
    byte[] signed = signature.sign();
    signature.initVerify(publicKey);
    signature.update(PROBE);
    return signature.verify(signed);
  }

  /// Without authorities nobody is trusted, and not those that the JDK comes with.
  private static TrustManager[] trusted(TlsCredentials credentials)
      throws IOException, GeneralSecurityException {
    if (credentials.authorities().isEmpty()) {
      return new TrustManager[0];
    }
    KeyStore store = emptyStore();
    int number = 0;
    for (X509Certificate authority : credentials.authorities()) {
      store.setCertificateEntry(Integer.toString(number++), authority);
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(store);
    return managers.getTrustManagers();
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }
}
