package deepflow.server.querier.sql;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The language of display names.
public enum Language {
  ENGLISH,
  CHINESE;

  /// By the `X-Language` header: `zh` or `ch` is Chinese, all else English.
  public static Language of(@Nullable String header) {
    if (header == null) {
      return ENGLISH;
    }
    String wanted = header.strip().toLowerCase(Locale.ROOT);
    return wanted.startsWith("zh") || wanted.startsWith("ch") ? CHINESE : ENGLISH;
  }
}
