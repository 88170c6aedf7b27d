package deepflow.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticFilesTest {

  private final StaticFiles files =
      new StaticFiles(StaticFilesTest.class.getClassLoader(), "deepflow/server/http/ui/");

  private AggregatedHttpResponse get(String path, String... headers) throws Exception {
    RequestHeadersBuilder builder = RequestHeaders.builder(HttpMethod.GET, path);
    for (int i = 0; i < headers.length; i += 2) {
      builder.set(headers[i], headers[i + 1]);
    }
    HttpRequest whole = HttpRequest.of(builder.build());
    return files.serve(ServiceRequestContext.of(whole), whole).aggregate().join();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/traces", "/traces?service=a", "/trace/4bf92f3577b34da6", "/index.html"})
  void givesThePageForItsRoutesAndLetsNobodyKeepIt(String path) throws Exception {
    AggregatedHttpResponse page = get(path);

    assertThat(page.contentUtf8()).contains("<title>ui</title>");
    assertThat(page.headers().get("content-type")).isEqualTo("text/html; charset=utf-8");
    assertThat(page.headers().get("cache-control")).isEqualTo("no-cache");
  }

  @Test
  void letsBrowsersKeepFilesWhoseNameCarriesTheirHash() throws Exception {
    AggregatedHttpResponse script = get("/assets/app-1a2b.js");

    assertThat(script.contentUtf8()).contains("plain");
    assertThat(script.headers().get("content-encoding")).isNull();
    assertThat(script.headers().get("cache-control"))
        .isEqualTo("public, max-age=31536000, immutable");
  }

  @Test
  void givesTheSmallestFormThatTheBrowserTakes() throws Exception {
    assertThat(get("/assets/app-1a2b.js", "accept-encoding", "gzip, deflate, br").contentUtf8())
        .isEqualTo("BROTLI");
    assertThat(
            get("/assets/app-1a2b.js", "accept-encoding", "gzip").headers().get("content-encoding"))
        .isEqualTo("gzip");
    assertThat(get("/", "accept-encoding", "br").headers().get("content-encoding")).isNull();
  }

  @Test
  void answersOnlyTheHeadersWhenTheBrowserHasTheFile() throws Exception {
    String tag = get("/").headers().get("etag");
    AggregatedHttpResponse again = get("/", "if-none-match", String.valueOf(tag));

    assertThat(again.status().code()).isEqualTo(304);
    assertThat(again.content().isEmpty()).isTrue();
  }

  @Test
  void answersJsonForWhatIsNotThere() throws Exception {
    AggregatedHttpResponse missing = get("/assets/nothing.js");

    assertThat(missing.status().code()).isEqualTo(404);
    assertThat(missing.contentUtf8()).startsWith("{\"error\":");
  }
}
