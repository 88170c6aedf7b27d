import java.util.ArrayList;
import java.util.List;

/// How often a row is rewritten in a day of steady load: the engine's own choice of merges (its SimpleMergeSelector's rules), played
/// with virtual parts, since a day can't be waited for. `mergeSeconds` is what merging a megabyte takes.
final class MergeModel {
  record Part(double bytes, double born) {}

  private final double base;
  private final int least;
  private final double largest;

  MergeModel(double base, int least, double largest) {
    this.base = base;
    this.least = least;
    this.largest = largest;
  }

  public static void main(String[] args) {
    double[][] loads = {{100_000, 30_000}, {100_000, 100_000}, {20_000, 10_000}, {2_000, 1_000}};
    System.out.println(
        "rows/block spans/s | base least largest | rewrites a row, mean parts, most parts, final"
            + " parts");
    for (double[] load : loads) {
      for (double largest : new double[] {150e9, 2e9, 500e6}) {
        for (double base : new double[] {5, 8, 16}) {
          for (int least : new int[] {0, 10, 20}) {
            new MergeModel(base, least, largest).day(load[0], load[1]);
          }
        }
      }
    }
  }

  void day(double rows, double rate) {
    List<Part> parts = new ArrayList<>();
    double every = rows / rate;
    double block = rows * 135;
    double free = 0;
    double merged = 0;
    double inserted = 0;
    double sum = 0;
    int most = 0;
    int steps = 0;
    List<int[]> running = new ArrayList<>();
    int from = -1;
    int to = -1;
    double seconds = Math.min(86_400, every * 30_000);
    for (double now = 0; now < seconds; now += every) {
      parts.add(new Part(block, now));
      inserted += block;
      while (true) {
        if (from >= 0 && now < free) {
          break;
        }
        double at = from >= 0 ? free : now;
        if (from >= 0) {
          double size = 0;
          for (int i = from; i < to; i++) {
            size += parts.get(i).bytes;
          }
          parts.subList(from, to).clear();
          parts.add(from, new Part(size, at));
          merged += size;
          from = -1;
        }
        int[] range = select(parts, at);
        if (range == null) {
          break;
        }
        from = range[0];
        to = range[1];
        double size = 0;
        for (int i = from; i < to; i++) {
          size += parts.get(i).bytes;
        }
        free = at + size / 135 * 3.4e-6;
        if (free > now) {
          break;
        }
      }
      sum += parts.size();
      most = Math.max(most, parts.size());
      steps++;
    }
    System.out.printf(
        "%7.0f %7.0f | %3.0f %3d %6.0f MB | %.2f, %.0f, %d, %d%n",
        rows, rate, base, least, largest / 1e6, merged / inserted, sum / steps, most, parts.size());
  }

  private int[] select(List<Part> parts, double now) {
    int n = parts.size();
    int[] best = null;
    double bestScore = Double.MAX_VALUE;
    double fixed = 5 << 20;
    for (int begin = Math.max(0, n - 1000); begin < n; begin++) {
      double sum = parts.get(begin).bytes;
      double max = sum;
      double age = now - parts.get(begin).born;
      for (int end = begin + 2; end <= n && end - begin <= 100; end++) {
        Part p = parts.get(end - 1);
        sum += p.bytes;
        max = Math.max(max, p.bytes);
        age = Math.min(age, now - p.born);
        if (sum > largest) {
          break;
        }
        if (!allowed(sum, max, age, n, end - begin)) {
          continue;
        }
        int e = end;
        double s = sum;
        while (e >= begin + 3 && parts.get(e - 1).bytes < 0.01 * s) {
          s -= parts.get(e - 1).bytes;
          e--;
        }
        double score = (s + fixed * (e - begin)) / (e - begin - 1.9);
        double before = begin == 0 ? 0 : parts.get(begin - 1).bytes;
        if (before > s * 0.9) {
          double d = Math.abs(Math.log(s / before) / Math.log(2));
          if (d < 0.5) {
            score *= 0.75 + 0.25 * d / 0.5;
          }
        }
        if (score < bestScore) {
          bestScore = score;
          best = new int[] {begin, e};
        }
      }
    }
    return best;
  }

  private boolean allowed(double sum, double max, double age, int count, int size) {
    if (size < least) {
      return false;
    }
    double bySize =
        unit(Math.log(1 + sum), Math.log(1 + 1048576.0), Math.log(1 + 100.0 * (1L << 30)));
    double byAge = unit(age, 10, 3600 + (30 * 86_400 - 3600) * bySize);
    double lowered = base + (2 - base) * Math.min(1, byAge + unit(count, 10, 50));
    double fixed = 5 << 20;
    return (sum + size * fixed) / (max + fixed) >= lowered;
  }

  private static double unit(double v, double min, double max) {
    return v <= min ? 0 : v >= max ? 1 : (v - min) / (max - min);
  }
}
