package deepflow.ctl.conformance;

import com.google.protobuf.InvalidProtocolBufferException;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyFramedInputStream;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.airlift.compress.v3.zstd.ZstdInputStream;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/// What OTLP asks of a server, on generated classes and with no thought for speed.
final class CorrectServer {
  static final int LIMIT_BYTES = 1 << 20;

  /// What a request is, and the right answer to it.
  record Judged(ExportTraceServiceRequest request, Reply reply, boolean isGood) {}

  private CorrectServer() {}

  static Judged judge(Ask ask) {
    if (!ask.isTraces()) {
      return refused(ask, 404, 12, "no such path");
    }
    if (ask.call().method().equals("OPTIONS")) {
      return new Judged(ExportTraceServiceRequest.getDefaultInstance(), preflight(ask), false);
    }
    if (!ask.isPost()) {
      Judged refused = refused(ask, 405, 12, "only POST");
      return new Judged(refused.request(), Replies.with(refused.reply(), "allow", "POST"), false);
    }
    if (!(ask.isGrpc() || ask.isJson() || ask.isProtobuf())) {
      return refused(ask, 415, 12, "no such type");
    }
    return body(ask);
  }

  private static Reply preflight(Ask ask) {
    Reply reply = Replies.http(204, "text/plain", new byte[0]);
    return Replies.with(reply, "access-control-allow-origin", ask.header("origin"));
  }

  private static Judged body(Ask ask) {
    if (ask.length() > LIMIT_BYTES) {
      return refused(ask, 413, 8, "too large");
    }
    try {
      byte[] message = message(ask);
      if (message.length > LIMIT_BYTES) {
        return refused(ask, 413, 8, "too large");
      }
      ExportTraceServiceRequest request =
          ask.isJson()
              ? OtlpJsonReader.read(message)
              : ExportTraceServiceRequest.parseFrom(message);
      return good(ask, request);
    } catch (UnknownEncodingException e) {
      return refused(ask, 415, 12, "no such encoding");
    } catch (IOException | MalformedInputException | IllegalArgumentException e) {
      return refused(ask, 400, 3, "bad data");
    }
  }

  private static byte[] message(Ask ask) throws IOException, UnknownEncodingException {
    byte[] body = ask.call().body();
    if (!ask.isGrpc()) {
      return decoded(ask.encoding().toLowerCase(Locale.ROOT), body);
    }
    boolean compressed = body.length > 0 && body[0] == 1;
    if (compressed) {
      body[0] = 0;
    }
    byte[] message =
        GrpcFrame.message(body)
            .orElseThrow(() -> new InvalidProtocolBufferException("not one message"));
    if (compressed) {
      body[0] = 1;
    }
    return decoded(compressed ? ask.encoding() : "", message);
  }

  private static byte[] decoded(String encoding, byte[] body)
      throws IOException, UnknownEncodingException {
    InputStream in = new ByteArrayInputStream(body);
    return switch (encoding) {
      case "", "identity" -> body;
      case "gzip" -> limited(new GZIPInputStream(in));
      case "deflate" -> limited(new InflaterInputStream(in));
      case "zstd" -> limited(new ZstdInputStream(in));
      case "x-snappy-framed" ->
          limited(new SnappyFramedInputStream(new SnappyJavaDecompressor(), in));
      case "snappy" -> snappy(body);
      default -> throw new UnknownEncodingException();
    };
  }

  private static byte[] snappy(byte[] body) throws IOException {
    if (body.length > 0 && body[0] == -1 && body.length > 10 && body[4] == 's') {
      return limited(
          new SnappyFramedInputStream(
              new SnappyJavaDecompressor(), new ByteArrayInputStream(body)));
    }
    SnappyJavaDecompressor decompressor = new SnappyJavaDecompressor();
    int length = decompressor.getUncompressedLength(body, 0);
    if (length > LIMIT_BYTES || length < 0) {
      return new byte[LIMIT_BYTES + 1];
    }
    byte[] out = new byte[length];
    decompressor.decompress(body, 0, body.length, out, 0, length);
    return out;
  }

  private static byte[] limited(InputStream in) throws IOException {
    try (in) {
      return in.readNBytes(LIMIT_BYTES + 1);
    }
  }

  private static Judged good(Ask ask, ExportTraceServiceRequest request) {
    List<Span> spans =
        request.getResourceSpansList().stream()
            .flatMap(resource -> resource.getScopeSpansList().stream())
            .flatMap(scope -> scope.getSpansList().stream())
            .toList();
    int bad = (int) spans.stream().filter(span -> !hasGoodIds(span)).count();
    boolean indexed =
        spans.stream()
            .flatMap(span -> span.getAttributesList().stream())
            .anyMatch(CorrectServer::hasIndex);
    String message = bad > 0 ? "bad ids" : indexed ? "string indexes are for profiles" : "";
    return new Judged(request, Replies.success(ask, bad, message), true);
  }

  private static boolean hasIndex(KeyValue attribute) {
    return attribute.getKeyStrindex() != 0 || attribute.getValue().hasStringValueStrindex();
  }

  private static boolean hasGoodIds(Span span) {
    return isId(span.getTraceId().toByteArray(), 16) && isId(span.getSpanId().toByteArray(), 8);
  }

  private static boolean isId(byte[] id, int length) {
    int bits = 0;
    for (byte next : id) {
      bits |= next;
    }
    return id.length == length && bits != 0;
  }

  private static Judged refused(Ask ask, int http, int grpc, String message) {
    return new Judged(
        ExportTraceServiceRequest.getDefaultInstance(),
        Replies.failure(ask, http, grpc, message),
        false);
  }

  private static final class UnknownEncodingException extends Exception {}
}
