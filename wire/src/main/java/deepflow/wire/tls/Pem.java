package deepflow.wire.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads certificates and keys out of PEM files; text around the blocks is passed over. Messages of
/// exceptions name the file and never what it holds.
final class Pem {
  private static final int BYTES_MAX = 1 << 20;
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*+)-----END \\1-----");
  private static final int DER_SEQUENCE = 0x30;
  private static final int DER_OCTET_STRING = 0x04;
  private static final byte[] DER_VERSION_0 = {2, 1, 0};

  private Pem() {}

  /// All certificates of a file, at least one.
  static List<X509Certificate> certificates(Path file) throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    Matcher block = BLOCK.matcher(read(file));
    while (block.find()) {
      if (block.group(1).equals("CERTIFICATE")) {
        found.add(certificate(file, decoded(file, block)));
      }
    }
    if (found.isEmpty()) {
      throw new IOException(file + " holds no certificate in PEM");
    }
    return found;
  }

  private static X509Certificate certificate(Path file, byte[] der) throws IOException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException broken) {
      throw new IOException(file + " holds a broken certificate", broken);
    }
  }

  /// The private key of a file.
  ///
  /// @param of the certificate's key, which says the algorithm
  static PrivateKey key(Path file, PublicKey of) throws IOException {
    Matcher block = BLOCK.matcher(read(file));
    while (block.find()) {
      byte[] der = decoded(file, block);
      switch (block.group(1)) {
        case "PRIVATE KEY" -> {
          return key(file, der, of);
        }
        case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> {
          return key(file, pkcs8(der, of), of);
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new IOException(file + " is encrypted: a key must be without a passphrase");
        default -> {
          // EC PARAMETERS, or the certificate itself.
        }
      }
    }
    throw new IOException(file + " holds no private key in PEM");
  }

  private static PrivateKey key(Path file, byte[] pkcs8, PublicKey of) throws IOException {
    try {
      return KeyFactory.getInstance(of.getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException broken) {
      // The cause may quote the key.
      throw new IOException(
          "%s is no key for a certificate of %s".formatted(file, of.getAlgorithm()));
    }
  }

  /// PKCS#1 and SEC 1 keys don't say their algorithm, so it is taken from the public key, which
  /// begins with it (SubjectPublicKeyInfo, RFC 5280).
  private static byte[] pkcs8(byte[] key, PublicKey of) {
    byte[] info = of.getEncoded();
    int algorithm = contentAt(info, 0);
    int algorithmEnd = contentAt(info, algorithm) + contentLength(info, algorithm);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(DER_VERSION_0);
    content.write(info, algorithm, algorithmEnd - algorithm);
    content.writeBytes(der(DER_OCTET_STRING, key));
    return der(DER_SEQUENCE, content.toByteArray());
  }

  /// Where the content of the DER element at `at` begins.
  private static int contentAt(byte[] der, int at) {
    int first = der[at + 1];
    return at + 2 + (first < 0 ? first & 0x7F : 0);
  }

  private static int contentLength(byte[] der, int at) {
    int length = der[at + 1];
    if (length < 0) {
      length = 0;
      for (int i = at + 2; i < contentAt(der, at); i++) {
        length = (length << 8) | (der[i] & 0xFF);
      }
    }
    return length;
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream element = new ByteArrayOutputStream();
    element.write(tag);
    if (content.length < 0x80) {
      element.write(content.length);
    } else {
      element.write(0x80 | 3);
      element.write(content.length >> 16);
      element.write(content.length >> 8);
      element.write(content.length);
    }
    element.writeBytes(content);
    return element.toByteArray();
  }

  private static byte[] decoded(Path file, Matcher block) throws IOException {
    try {
      return Base64.getMimeDecoder().decode(block.group(2));
    } catch (IllegalArgumentException broken) {
      throw new IOException("a block of %s is no base64".formatted(file));
    }
  }

  private static String read(Path file) throws IOException {
    try (InputStream bytes = Files.newInputStream(file)) {
      return new String(bytes.readNBytes(BYTES_MAX), ISO_8859_1);
    } catch (NoSuchFileException missing) {
      throw new IOException(file + " does not exist", missing);
    } catch (IOException unreadable) {
      throw new IOException("%s can't be read (%s)".formatted(file, unreadable), unreadable);
    }
  }
}
