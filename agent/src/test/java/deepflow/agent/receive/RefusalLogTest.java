package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RefusalLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(RefusalLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private long nanos = -5;
  private final RefusalLog log = new RefusalLog(() -> nanos);

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
  }

  @Test
  void saysTheFirstOfAKindAtOnceAndThenHowManyThereWereInAMinute() {
    Answer tooLarge = new Answer.Refused(Refusal.TOO_LARGE, "it is too large");
    Answer busy = new Answer.Busy(Duration.ofSeconds(1), "the disk is full");
    for (int i = 0; i < 1000; i++) {
      log.answered(tooLarge, "10.0.0.1");
      log.answered(busy, "10.0.0.2");
      log.answered(new Answer.Taken(0, ""), "10.0.0.3");
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "1 requests not taken (too_large); the last one from 10.0.0.1: it is too large",
            "1 requests not taken (busy); the last one from 10.0.0.2: the disk is full");

    nanos += Duration.ofMinutes(1).toNanos();
    log.answered(busy, "10.0.0.4");

    assertThat(lines.list.getLast().getFormattedMessage())
        .isEqualTo("1000 requests not taken (busy); the last one from 10.0.0.4: the disk is full");
    assertThat(lines.list).hasSize(3);
  }
}
