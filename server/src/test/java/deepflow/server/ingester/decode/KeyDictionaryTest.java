package deepflow.server.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeyDictionaryTest {
  private final KeyDictionary keys = new KeyDictionary();

  private KeyDictionary.Key find(String text) {
    byte[] bytes = ("??" + text + "?").getBytes(UTF_8);
    return keys.find(bytes, 2, bytes.length - 3);
  }

  @Test
  void givesTheSameKeyForTheSameBytesInWhateverOrder() {
    KeyDictionary.Key method = find("http.request.method");
    KeyDictionary.Key route = find("http.route");
    keys.begin();
    assertThat(find("http.route")).isSameAs(route);
    assertThat(find("http.request.method")).isSameAs(method);
    keys.begin();
    assertThat(find("http.request.method")).isSameAs(method);
  }

  @Test
  void knowsWhatKeysMean() {
    assertThat(find("db.statement").meaning).isEqualTo(Meaning.DB_QUERY.index());
    assertThat(find("db.query.text").rank).isLessThan(find("db.statement").rank);
    assertThat(find("my.own.key").meaning).isEqualTo(-1);
    assertThat(find("http.anything").beginsWithHttp).isTrue();
    assertThat(find("").beginsWithHttp).isFalse();
  }

  @Test
  void staysRightWhenHostileSendersFillIt() {
    for (int i = 0; i < 50_000; i++) {
      assertThat(new String(find("key" + i).bytes, UTF_8)).isEqualTo("key" + i);
      assertThat(find("x".repeat(300) + i).bytes).hasSize(300 + Integer.toString(i).length());
    }
    assertThat(find("http.method").meaning).isEqualTo(Meaning.HTTP_METHOD.index());
  }

  @Test
  void fitsAllMeaningsIntoOneLong() {
    assertThat(Meaning.values()).hasSizeLessThanOrEqualTo(Long.SIZE);
  }
}
