package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ScreenshotAnimations;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A real Chromium with one page, as a person has it open.
final class UiBrowser implements AutoCloseable {
  private final List<String> complaints = new ArrayList<>();
  private final Playwright playwright;
  private final Page page;

  private UiBrowser(Path chromium) {
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    Browser browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(chromium)
                    .setChromiumSandbox(false));
    page =
        browser.newPage(
            new Browser.NewPageOptions()
                .setViewportSize(1440, 900)
                .setLocale("en-US")
                .setColorScheme(ColorScheme.LIGHT));
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") || message.type().equals("warning")) {
        complaints.add(message.text() + " at " + message.location());
      }
    });
    page.onPageError(complaints::add);
  }

  /// Starts it; skips the test when there is no Chromium.
  static UiBrowser open() {
    return new UiBrowser(RealParts.chromium());
  }

  Page page() {
    return page;
  }

  /// Looks at what is shown, in both themes: a picture of each in `target/screenshots`, nothing
  /// that axe finds, and no complaint in the browser's console so far.
  void look(String name) {
    for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
      String shown = name + "-" + scheme.name().toLowerCase(Locale.ROOT);
      page.screenshot(
          new Page.ScreenshotOptions()
              // Else the pictures show buttons halfway from one theme to the other.
              .setAnimations(ScreenshotAnimations.DISABLED)
              .setPath(Path.of("target", "screenshots", shown + ".png")));
      isAccessible(shown);
    }
    assertThat(complaints).as(name).isEmpty();
  }

  private void isAccessible(String shown) {
    // Without a second page, on which axe would sum up: there are no frames here.
    var found = new AxeBuilder(page).setLegacyMode(true).analyze();
    assertThat(found.getViolations())
        .as("axe on %s", shown)
        .extracting(rule -> rule.getId() + ": " + rule.getNodes())
        .isEmpty();
  }

  @Override
  public void close() {
    playwright.close();
  }
}
