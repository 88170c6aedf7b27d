package deepflow.server.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.AbstractHttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// Serves the UI's files from the class path. A file may lie there compressed as well (`x.js.br`,
/// `x.js.gz`); the browser gets the smallest that it takes. Files under `assets/` carry their
/// content's hash in the name, so browsers keep them; all others are asked for again each time, by
/// ETag.
///
/// A path that is a page of the UI gets `index.html`.
final class StaticFiles extends AbstractHttpService {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_@-][A-Za-z0-9._@-]*");
  private static final Pattern PAGE = Pattern.compile("|traces|trace/[^/]*|services|map|agents");

  private static final Map<String, MediaType> TYPES =
      Map.ofEntries(
          Map.entry("html", MediaType.HTML_UTF_8),
          Map.entry("js", MediaType.JAVASCRIPT_UTF_8),
          Map.entry("css", MediaType.CSS_UTF_8),
          Map.entry("json", MediaType.JSON_UTF_8),
          Map.entry("webmanifest", MediaType.JSON_UTF_8),
          Map.entry("svg", MediaType.SVG_UTF_8),
          Map.entry("png", MediaType.PNG),
          Map.entry("ico", MediaType.parse("image/vnd.microsoft.icon")),
          Map.entry("woff2", MediaType.parse("font/woff2")),
          Map.entry("md", MediaType.PLAIN_TEXT_UTF_8),
          Map.entry("txt", MediaType.PLAIN_TEXT_UTF_8));

  private static final class Entry {
    final byte[] content;
    final String encoding;
    final String tag;

    Entry(byte[] content, String encoding, String tag) {
      this.content = content;
      this.encoding = encoding;
      this.tag = tag;
    }
  }

  private final ClassLoader loader;
  private final String root;
  private final Map<String, Optional<Entry>> found = new ConcurrentHashMap<>();

  /// Serves what a class loader has.
  ///
  /// @param root where the files lie on the class path, with a slash behind it
  StaticFiles(ClassLoader loader, String root) {
    this.loader = loader;
    this.root = root;
  }

  @Override
  protected HttpResponse doGet(ServiceRequestContext ctx, HttpRequest request) {
    return serve(ctx.decodedPath(), request.headers());
  }

  @Override
  protected HttpResponse doHead(ServiceRequestContext ctx, HttpRequest request) {
    return serve(ctx.decodedPath(), request.headers());
  }

  private HttpResponse serve(String path, RequestHeaders headers) {
    String file = path.substring(1);
    if (PAGE.matcher(file).matches()) {
      file = "index.html";
    }
    if (!isName(file)) {
      return notFound(path);
    }
    Optional<Entry> entry = smallest(file, headers.get(HttpHeaderNames.ACCEPT_ENCODING, ""));
    if (entry.isEmpty()) {
      return file.equals("index.html") ? withoutUi() : notFound(path);
    }
    return answer(file, entry.get(), headers);
  }

  private static boolean isName(String file) {
    for (String part : file.split("/", -1)) {
      if (!NAME.matcher(part).matches() || part.contains("..")) {
        return false;
      }
    }
    return !file.endsWith(".br") && !file.endsWith(".gz");
  }

  private Optional<Entry> smallest(String file, String accepted) {
    String wanted = accepted.toLowerCase(Locale.ROOT);
    if (wanted.contains("br")) {
      Optional<Entry> brotli = entry(file, ".br", "br");
      if (brotli.isPresent()) {
        return brotli;
      }
    }
    if (wanted.contains("gzip")) {
      Optional<Entry> gzip = entry(file, ".gz", "gzip");
      if (gzip.isPresent()) {
        return gzip;
      }
    }
    return entry(file, "", "");
  }

  private Optional<Entry> entry(String file, String suffix, String encoding) {
    String name = file + suffix;
    Optional<Entry> known = found.get(name);
    if (known != null) {
      return known;
    }
    Optional<Entry> read = read(name, encoding);
    read.ifPresent(_ -> found.put(name, read)); // misses aren't kept: anybody can ask for anything
    return read;
  }

  private Optional<Entry> read(String name, String encoding) {
    try (InputStream in = loader.getResourceAsStream(root + name)) {
      if (in == null) {
        return Optional.empty();
      }
      byte[] content = in.readAllBytes();
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      String tag = '"' + HexFormat.of().formatHex(hash, 0, 12) + '"';
      return Optional.of(new Entry(content, encoding, tag));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpResponse answer(String file, Entry entry, RequestHeaders request) {
    boolean known = request.get(HttpHeaderNames.IF_NONE_MATCH, "").contains(entry.tag);
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(known ? HttpStatus.NOT_MODIFIED : HttpStatus.OK);
    headers.set(HttpHeaderNames.ETAG, entry.tag);
    headers.set(HttpHeaderNames.VARY, "accept-encoding");
    headers.set(
        HttpHeaderNames.CACHE_CONTROL,
        file.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
    if (known) {
      return HttpResponse.of(headers.build());
    }
    headers.contentType(typeOf(file));
    if (!entry.encoding.isEmpty()) {
      headers.set(HttpHeaderNames.CONTENT_ENCODING, entry.encoding);
    }
    if (request.method() == HttpMethod.HEAD) {
      headers.contentLength(entry.content.length);
      return HttpResponse.of(headers.build());
    }
    return HttpResponse.of(headers.build(), HttpData.wrap(entry.content));
  }

  private static MediaType typeOf(String file) {
    String extension = file.substring(file.lastIndexOf('.') + 1);
    return TYPES.getOrDefault(extension, MediaType.OCTET_STREAM);
  }

  private static HttpResponse notFound(String path) {
    String shown = path.length() <= 100 ? path : path.substring(0, 100) + "…";
    return Answers.error(HttpStatus.NOT_FOUND, "there is nothing at %s".formatted(shown), "");
  }

  private static HttpResponse withoutUi() {
    return Answers.error(
        HttpStatus.NOT_FOUND,
        "this server was built without its UI",
        "the API answers; to see the UI, run the distribution or ./deepflow up");
  }
}
