package deepflow.acceptance;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// What a person sees, in a real browser: first how to send a span, then the trace of a real
/// service, then all that its spans hold. The tests follow one another as such a person's first
/// minutes do.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UiIT {
  private static final String SERVICE = "ui-shop";

  private DeepFlow up;
  private UiBrowser browser;
  private Page page;
  private String traceId = "";

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    browser = UiBrowser.open();
    page = browser.page();
    up = DeepFlow.up(data).start();
  }

  @AfterAll
  void stop() throws Exception {
    if (browser != null) {
      browser.close();
    }
    if (up != null) {
      up.stop();
    }
  }

  @Test
  @Order(1)
  void saysHowToSendTheFirstSpanWithTheAddressToCopy() throws Exception {
    // A person has the address from there.
    assertThat(up.process().log()).contains("http://127.0.0.1:" + up.address().server());
    Response response = page.navigate(up.address().onServer("/").toString());

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headerValue("content-security-policy"))
        .contains("default-src", "'self'")
        .doesNotContain("unsafe-eval");
    assertThat(page.getByText("Send your first span")).isVisible();
    assertThat(page.getByText("127.0.0.1:" + up.address().otlpHttp()).first()).isVisible();
    assertThat(page.getByText("OTEL_METRICS_EXPORTER").first()).isVisible();
    browser.look("empty");
  }

  @Test
  @Order(2)
  void listsTheTraceOfARealServiceSoonAfterItWasSent() throws Exception {
    Map<String, String> exporter =
        Map.of(
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "http/protobuf",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://127.0.0.1:" + up.address().otlpHttp());
    try (JavaService shop = JavaService.start(SERVICE, exporter)) {
      traceId = shop.order();
      ServerClient server = new ServerClient(up.address());
      Patience.await(
          Duration.ofSeconds(15),
          () -> assertThat(server.trace(traceId).map(Otlp::spans).orElse(List.of())).hasSize(4));
    }

    // Nobody has touched the page: it finds the trace by itself.
    assertThat(page.getByText("GET /order").first()).isVisible();
    assertThat(page.getByText(SERVICE).first()).isVisible();
    browser.look("traces");
  }

  @Test
  @Order(3)
  void opensTheWaterfallOfTheTraceThatWasClicked() {
    page.getByText("GET /order").first().click();

    page.waitForURL("**/trace/" + traceId + "**");
    for (String name : List.of("GET /order", "quote", "GET /stock")) {
      assertThat(page.getByText(name).first()).isVisible();
    }
    browser.look("trace");
  }

  @Test
  @Order(4)
  void showsTypedAttributesEventsAndLinksOfASpan() {
    page.getByText("quote", new Page.GetByTextOptions().setExact(true)).first().click();

    for (String shown :
        List.of(
            "order.text",
            "три книги",
            "order.items",
            "3",
            "order.total",
            "12.75",
            "order.gift",
            "true",
            "order.tags",
            "fragile",
            "stock asked",
            "attempt")) {
      Locator found = page.getByText(shown).first();
      found.scrollIntoViewIfNeeded();
      assertThat(found).isVisible();
    }
    assertThat(page.getByText("Links").first()).isVisible();
    browser.look("span");
  }
}
