package deepflow.demo;

import deepflow.demo.load.LoadDriver;
import deepflow.demo.run.Intake;
import deepflow.demo.run.Shop;
import deepflow.demo.run.ShopDownException;
import deepflow.demo.run.Workshop;
import deepflow.demo.story.Fault;
import deepflow.demo.story.FaultPlan;
import deepflow.demo.story.Service;
import deepflow.settings.Settings;
import deepflow.settings.SettingsException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// `./deepflow demo`: a shop of real instrumented services, in which something is wrong.
public final class DemoMain {
  private static final int EXIT_SHOP_DOWN = 1;
  private static final int EXIT_WRONG_SETTINGS = 2;
  private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(30);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

  /// How long a service's end is taken for the end of the demo itself: a Ctrl-C in the terminal
  /// reaches the services at the same time.
  private static final Duration PERHAPS_STOPPED = Duration.ofMillis(500);

  private final DemoConfig config;
  private final Path home;
  private final Shop shop = new Shop();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private volatile @Nullable Opened opened;

  /// The shop once customers come.
  private record Opened(FaultPlan plan, LoadDriver load) {}

  private DemoMain(DemoConfig config, Path home) {
    this.config = config;
    this.home = home;
  }

  /// Runs until Ctrl-C or SIGTERM, or for as long as it was told; then exits with 0. Exits with 1
  /// when the shop can't open or loses a service, with 2 when a setting is wrong.
  public static void main(String[] arguments) throws InterruptedException {
    Settings settings = settings(arguments);
    DemoConfig config = DemoSettings.config(settings, System.getenv(), new Random());
    DemoMain demo = new DemoMain(config, Path.of(System.getProperty("deepflow.demo.home", "demo")));
    AtomicInteger code = new AtomicInteger();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> demo.close(code.get()), "close"));
    try {
      demo.run();
    } catch (ShopDownException e) {
      demo.blameUnlessStopping(e);
      code.set(EXIT_SHOP_DOWN);
    }
    System.exit(code.get());
  }

  private static Settings settings(String[] arguments) {
    try {
      Settings settings = Settings.read(DemoSettings.all(), List.of(arguments), System.getenv());
      if (settings.helpWanted()) {
        System.out.println(Settings.help("./deepflow demo", DemoSettings.all()));
        System.exit(0);
      }
      return settings;
    } catch (SettingsException e) {
      e.problems().forEach(problem -> System.err.println("deepflow: " + problem));
      System.exit(EXIT_WRONG_SETTINGS);
      throw new IllegalStateException("exited", e);
    }
  }

  private void run() throws ShopDownException, InterruptedException {
    URI agent = config.otlp().isPresent() ? Intake.check(config.otlp().get()) : Intake.find();
    Workshop.Services services =
        new Workshop(home, config.cache(), config.logs(), System.out::println).prepare();
    services
        .missing()
        .forEach(missing ->
            System.out.println("without " + missing.service().label() + ": " + missing.why()));
    FaultPlan plan = FaultPlan.draw(config.seed(), services.running());
    URI endpoint = config.collector() ? shop.startCollector(home, agent, config.logs()) : agent;
    System.out.println("opening the shop…");
    shop.start(services, plan, endpoint, config.logs());
    String gateway = shop.address(Service.GATEWAY);
    LoadDriver load = LoadDriver.start(gateway, config.rate(), new Random(config.seed()));
    opened = new Opened(plan, load);
    announce(services, agent);
    watch(load);
  }

  private void announce(Workshop.Services services, URI agent) {
    StringBuilder text = new StringBuilder("\nThe shop is open.\n");
    for (Service service : services.running()) {
      text.append(
          "  %-16s %-8s %s%n".formatted(service.label(), service.language(), service.task()));
    }
    text.append("  %-16s %s%s%n".formatted("spans go to", agent, via()));
    text.append("  %-16s %s%n".formatted("look at traces", config.ui()));
    text.append("  %-16s %s%n".formatted("logs", config.logs()));
    text.append("  %-16s %s%n".formatted("stop", "Ctrl-C"));
    text.append(
        "Three things are wrong with it, each in one service and for some customers only. Can you"
            + " find them?\n");
    System.out.println(text);
  }

  private String via() {
    return config.collector() ? " through an otel-collector" : "";
  }

  /// Returns when the time is over.
  private void watch(LoadDriver load) throws ShopDownException, InterruptedException {
    CompletableFuture<ShopDownException> failure = shop.failure();
    long start = System.nanoTime();
    while (true) {
      long left = config.duration().toNanos() - (System.nanoTime() - start);
      boolean endless = config.duration().isZero();
      if (!endless && left <= 0) {
        return;
      }
      long wait = Math.min(BETWEEN_REPORTS.toNanos(), endless ? Long.MAX_VALUE : left);
      try {
        throw failure.get(wait, TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        report(load.count());
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static void report(LoadDriver.Count count) {
    System.out.println(TIME.format(LocalTime.now(ZoneId.systemDefault())) + "  " + sentence(count));
  }

  private static String sentence(LoadDriver.Count count) {
    return count.requests() + " requests, " + count.failed() + " of them failed";
  }

  /// A Ctrl-C in the terminal reaches the services at the same time: their end is then no news.
  private void blameUnlessStopping(ShopDownException e) throws InterruptedException {
    Thread.sleep(PERHAPS_STOPPED);
    if (!stopping.get()) {
      System.err.println("deepflow: " + e.getMessage());
    }
  }

  /// Being told to stop is no failure, so the exit code is the given one and not the signal's.
  private void close(int code) {
    stopping.set(true);
    Opened shopOpened = opened;
    if (shopOpened != null) {
      shopOpened.load().close();
    }
    shop.close();
    if (shopOpened != null) {
      tellTheEnd(shopOpened);
    }
    System.out.flush();
    Runtime.getRuntime().halt(code);
  }

  private void tellTheEnd(Opened shopOpened) {
    System.out.println("\nThe shop is closed: " + sentence(shopOpened.load().count()) + ".");
    if (config.reveal()) {
      System.out.println("What was wrong (seed " + config.seed() + "):");
      for (Fault fault : shopOpened.plan().faults()) {
        System.out.println("  " + fault.sentence());
      }
    } else {
      System.out.println(
          "The same shop again, with what is wrong told at its end: ./deepflow demo --seed "
              + config.seed()
              + " --reveal");
    }
  }
}
