package deepflow.ctl.conformance;

import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.snappy.SnappyFramedOutputStream;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.airlift.compress.v3.zstd.ZstdJavaCompressor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/// How a body is compressed, and the header's word for it.
enum Encoding {
  GZIP("gzip") {
    @Override
    byte[] compress(byte[] body) {
      return stream(body, GZIPOutputStream::new);
    }
  },
  DEFLATE("deflate") {
    @Override
    byte[] compress(byte[] body) {
      return stream(body, DeflaterOutputStream::new);
    }
  },
  ZSTD("zstd") {
    @Override
    byte[] compress(byte[] body) {
      return block(body, new ZstdJavaCompressor());
    }
  },
  SNAPPY_BLOCK("snappy") {
    @Override
    byte[] compress(byte[] body) {
      return block(body, new SnappyJavaCompressor());
    }
  },
  SNAPPY_FRAMED("x-snappy-framed") {
    @Override
    byte[] compress(byte[] body) {
      return stream(body, out -> new SnappyFramedOutputStream(new SnappyJavaCompressor(), out));
    }
  };

  private final String label;

  Encoding(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  abstract byte[] compress(byte[] body);

  private interface Compressing {
    OutputStream over(OutputStream out) throws IOException;
  }

  private static byte[] stream(byte[] body, Compressing compressing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = compressing.over(bytes)) {
      out.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory doesn't fail
    }
    return bytes.toByteArray();
  }

  private static byte[] block(byte[] body, Compressor compressor) {
    byte[] out = new byte[compressor.maxCompressedLength(body.length)];
    int length = compressor.compress(body, 0, body.length, out, 0, out.length);
    return Arrays.copyOf(out, length);
  }
}
