package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FirstRowsTest {
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());

  private final Random random = new Random(SEED);

  /// A row is its place and its size.
  private record Row(int place, int size) {
    FirstRows.Key key() {
      return new FirstRows.Key(place / 2, place % 2 == 0 ? 1 : -1, 0, 0, 0); // ids have no sign
    }
  }

  private List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    int count = random.nextInt(1, 60);
    for (int place = 0; place < count; place++) {
      rows.add(new Row(place, random.nextInt(10) == 0 ? 500 : random.nextInt(1, 50)));
    }
    return rows;
  }

  private static List<Row> first(List<Row> rows, int rowsMax, long bytesMax) {
    int count = 0;
    long bytes = 0;
    while (count < Math.min(rows.size(), rowsMax)) {
      bytes += rows.get(count).size;
      if (count > 0 && bytes > bytesMax) {
        break;
      }
      count++;
    }
    return rows.subList(0, count);
  }

  @Test
  void areThoseThatFitWithoutGapsInWhateverOrderTheyCome() {
    for (int i = 0; i < 2_000; i++) {
      List<Row> rows = rows();
      int rowsMax = random.nextInt(1, 80);
      long bytesMax = random.nextInt(3_000);
      List<Row> coming = new ArrayList<>(rows);
      coming.addAll(rows.subList(0, random.nextInt(rows.size())));
      Collections.shuffle(coming, random);
      FirstRows<Row, Integer> first = new FirstRows<>(rowsMax, bytesMax);

      for (Row row : coming) {
        if (first.isWanted(row.key())) {
          first.add(row.key(), row, random.nextInt(FirstRows.RESOURCES_MAX), row.size);
        }
      }

      List<Row> wanted = first(rows, rowsMax, bytesMax);
      assertThat(first.inOrder())
          .extracting(FirstRows.Held::span)
          .as("tests.seed=%s", SEED)
          .isEqualTo(wanted);
      assertThat(first.isCut()).as("tests.seed=%s", SEED).isEqualTo(wanted.size() < rows.size());
    }
  }

  @Test
  void haveRoomForASpanUnderSoManyResourcesAndNoMore() {
    Row row = new Row(0, 1);
    FirstRows<Row, Integer> first = new FirstRows<>(2, 10);
    for (int resource = 0; resource < 3 * FirstRows.RESOURCES_MAX; resource++) {
      if (first.isWanted(row.key())) {
        first.add(row.key(), row, resource, 1);
      }
    }

    assertThat(first.inOrder()).hasSize(2);
    assertThat(first.isCut()).isTrue();
  }
}
