package deepflow.wire.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/// An authority and the certificates that it signs, as PEM files, made anew for each test.
public final class TestCertificates {
  private static long serial = 1;

  private final Path directory;
  private final String name;
  private final KeyPair authority;

  /// @param directory for the files
  /// @param name of the authority, unlike that of any other
  public TestCertificates(Path directory, String name) throws Exception {
    this.directory = Files.createDirectories(directory);
    this.name = name;
    authority = pair("EC");
    write(authorities(), certificate(name, authority, authority, true, Duration.ofDays(1)));
  }

  /// The authority's certificate.
  public Path authorities() {
    return directory.resolve(name + "-ca.pem");
  }

  /// Files of an end with a certificate for `localhost` and 127.0.0.1, which trusts the authority.
  public TlsFiles end(String end) throws Exception {
    return end(end, "EC", "localhost", Duration.ofDays(1));
  }

  /// Files of an end.
  ///
  /// @param algorithm of its key: RSA, EC or Ed25519
  /// @param host that the certificate is for
  /// @param validity from an hour ago, so that it may be over
  public TlsFiles end(String end, String algorithm, String host, Duration validity)
      throws Exception {
    KeyPair pair = pair(algorithm);
    Path certificate = directory.resolve(end + ".pem");
    Path key = directory.resolve(end + ".key");
    write(certificate, certificate(host, pair, authority, false, validity));
    write(key, new PemObject("PRIVATE KEY", pair.getPrivate().getEncoded()));
    return new TlsFiles(authorities(), certificate, key);
  }

  private static KeyPair pair(String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    switch (algorithm) {
      case "RSA" -> generator.initialize(2048);
      case "EC" -> generator.initialize(256);
      default -> {}
    }
    return generator.generateKeyPair();
  }

  private X509CertificateHolder certificate(
      String subject, KeyPair of, KeyPair by, boolean isAuthority, Duration validity)
      throws Exception {
    Instant from = Instant.now().minus(Duration.ofHours(1));
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=" + name),
            BigInteger.valueOf(serial++),
            Date.from(from),
            Date.from(from.plus(validity)),
            new X500Name("CN=" + subject),
            of.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
    if (!isAuthority) {
      builder.addExtension(Extension.subjectAlternativeName, false, names(subject));
    }
    return builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate()));
  }

  private static GeneralNames names(String host) {
    GeneralName named = new GeneralName(GeneralName.dNSName, host);
    GeneralName address = new GeneralName(GeneralName.iPAddress, "127.0.0.1");
    return host.equals("localhost")
        ? new GeneralNames(new GeneralName[] {named, address})
        : new GeneralNames(named);
  }

  /// Writes an object as BouncyCastle does: keys as PKCS#1 or SEC 1.
  static void write(Path file, Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(object);
    }
    Files.write(file, text.toString().getBytes(US_ASCII));
  }
}
