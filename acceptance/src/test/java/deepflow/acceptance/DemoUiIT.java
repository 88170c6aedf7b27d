package deepflow.acceptance;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A person in front of the UI who has heard that something is wrong in the shop, and finds out
/// what. The demo says only at its end what it had planted.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoUiIT {
  private static final long SEED = Tier.LONG ? Tier.SEED & 0xFFFF : 7;
  private static final long SPANS_ENOUGH = 12_000;
  private static final Duration SOON = Duration.ofMinutes(3);
  private static final Pattern FAULT =
      Pattern.compile("(?m)^ {2}(\\S+) (.+) when (\\S+) is (\\S+)$");
  private static final double TIMEOUT_MILLIS = 20_000;

  /// What was planted.
  ///
  /// @param what the sentence's verb
  private record Planted(String service, String what, String key, String value) {
    String filter() {
      return key + " = " + value;
    }
  }

  private DeepFlow up;
  private UiBrowser browser;
  private Page page;
  private List<Planted> planted = List.of();

  @BeforeAll
  void sellForAWhile(@TempDir Path store, @TempDir Path data) throws Exception {
    browser = UiBrowser.open();
    page = browser.page();
    page.setDefaultTimeout(TIMEOUT_MILLIS);
    up = DeepFlow.up(store).start();
    ServerClient server = new ServerClient(up.address());
    URI otlp = URI.create("http://127.0.0.1:" + up.address().otlpHttp());
    try (Demo demo = Demo.start(otlp, data, "--rate=20", "--seed=" + SEED, "--reveal")) {
      demo.awaitOpen();
      Patience.await(
          SOON,
          () ->
              assertThat(server.number("SELECT Count(row) AS spans FROM l7_flow_log"))
                  .isGreaterThan(SPANS_ENOUGH));
      assertThat(demo.process().terminate(SOON)).isZero();
      planted =
          FAULT
              .matcher(demo.process().log())
              .results()
              .map(fault ->
                  new Planted(fault.group(1), fault.group(2), fault.group(3), fault.group(4)))
              .toList();
    }
    assertThat(planted).hasSize(3);
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
  void listsTheServicesAndWhatEachOfThemDoes() {
    page.navigate(up.address().onServer("/services").toString());
    for (String service : List.of("gateway", "inventory", "orders", "pricing", "fulfilment")) {
      assertThat(link(service)).isVisible();
    }
    browser.look("services");

    link("gateway").click();

    assertThat(page.getByText("GET /checkout").first()).isVisible();
    browser.look("service");
  }

  /// As a person with a mouse sees it, and as the table tells it to everybody.
  @Test
  void drawsWhoCallsWhomAndLeadsToTheTraces() {
    page.navigate(up.address().onServer("/map").toString());
    Locator gateway = page.locator(".map-node", new Page.LocatorOptions().setHasText("gateway"));
    // Calls are paired when their minute is over.
    gateway.waitFor(new Locator.WaitForOptions().setTimeout((double) SOON.toMillis()));
    for (String called : List.of("orders", "inventory", "pricing")) {
      assertThat(
              page.locator(".service-table tbody tr", new Page.LocatorOptions().setHasText(called))
                  .first())
          .isVisible();
    }
    browser.look("map");

    page.getByRole(
            AriaRole.LINK, new Page.GetByRoleOptions().setName(Pattern.compile("^Service orders")))
        .press("Enter");
    assertThat(page.locator(".map-panel h2")).hasText("orders");
    browser.look("map-node");
    page.locator(".map-links a").first().click();
    page.waitForURL("**/traces?**service=orders**");
  }

  @Test
  void findsTheAttributeOnWhichErrorsHang() {
    Planted fault = planted("fails");
    page.navigate(up.address().onServer("/traces").toString());
    assertThat(page.locator(".trace-table tbody tr").first()).isVisible();
    browser.look("shop-traces");

    page.locator(".summary-errors").click();
    compare();

    assertThat(differences(4)).as("seed %s: %s", SEED, fault).contains(fault.filter());
    browser.look("differences");
    openAFailedTrace();
  }

  /// Who looks at a trace sees the error and the way to it, without scrolling.
  private void openAFailedTrace() {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Traces").setExact(true))
        .first()
        .click();
    page.locator(".trace-table tbody tr .row-link").first().click();
    page.waitForURL("**/trace/**");
    assertThat(page.locator("[role=row]").first()).isVisible();
    browser.look("shop-trace");
  }

  /// In the long tier only: on a busy machine everything is slow now and then.
  @Test
  void findsTheAttributeOnWhichSlownessHangs() {
    assumeTrue(Tier.LONG, "in the long tier");
    Planted fault = planted("takes");
    page.navigate(up.address().onServer("/traces?minDuration=400ms").toString());
    compare();

    assertThat(differences(8)).as("seed %s: %s", SEED, fault).contains(fault.filter());
  }

  /// The folded row says it, whoever opens such a trace.
  @Test
  void marksTheQueriesThatAreAskedOneByOne() throws Exception {
    Planted fault = planted("runs");
    String traceId =
        new ServerClient(up.address())
            .query(
                "SELECT trace_id, Count(row) AS queries FROM l7_flow_log WHERE span_kind = 3"
                    + " AND app_service = '%s' AND `attribute.%s` = '%s'"
                        .formatted(fault.service(), fault.key(), fault.value())
                    + " GROUP BY trace_id ORDER BY queries DESC LIMIT 1")
            .getFirst()
            .getFirst()
            .asString();
    page.navigate(up.address().onServer("/trace/" + traceId).toString());

    assertThat(page.getByText("N+1?").first()).isVisible();
    browser.look("one-by-one");
  }

  private Planted planted(String verb) {
    return planted.stream()
        .filter(fault -> fault.what().startsWith(verb))
        .findFirst()
        .orElseThrow();
  }

  private Locator link(String name) {
    return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(name)).first();
  }

  private void compare() {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("What sets these apart"))
        .click();
    assertThat(page.locator(".differences")).isVisible();
  }

  /// `key = value` of the first of them.
  private List<String> differences(int atMost) {
    Locator words = page.locator(".difference-list").first().locator(".difference-words");
    assertThat(words.first()).isVisible();
    return words.allInnerTexts().stream().limit(atMost).map(DemoUiIT::plain).toList();
  }

  private static String plain(String words) {
    Matcher spaces = Pattern.compile("\\s+").matcher(words);
    return spaces.replaceAll(" ").strip();
  }
}
