package deepflow.server.ingester.decode;

import deepflow.server.storage.SpanOrder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Puts spans into the order of [SpanOrder]. A block that comes in order is neither sorted nor
/// permuted by the engine, which costs several times more there.
final class SortKeys {
  private static final VarHandle BIG_ENDIAN =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /// Bits of a span's index, and of the rank of its step and the first digits of its trace id
  /// above.
  private static final int INDEX_BITS = 24;

  private static final int STEP_BITS = 13;

  /// Two hours of steps: what comes after an outage.
  private static final int STEPS_MAX = 1 << STEP_BITS;

  private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;

  private long[] traceHigh = new long[1024];
  private long[] traceLow = new long[1024];
  private long[] startTime = new long[1024];
  private long[] order = new long[1024];
  private final long[] steps = new long[STEPS_MAX];
  private int stepCount;

  void set(int index, byte[] source, int traceId, long start) {
    set(
        index,
        (long) BIG_ENDIAN.get(source, traceId),
        (long) BIG_ENDIAN.get(source, traceId + Long.BYTES),
        start);
  }

  void set(int index, long high, long low, long start) {
    if (index == traceHigh.length) {
      int capacity = Math.multiplyExact(index, 2);
      traceHigh = Arrays.copyOf(traceHigh, capacity);
      traceLow = Arrays.copyOf(traceLow, capacity);
      startTime = Arrays.copyOf(startTime, capacity);
    }
    traceHigh[index] = high;
    traceLow[index] = low;
    startTime[index] = start;
  }

  /// Sorts the first `size` spans; [#at] then tells the order.
  void sort(int size) {
    if (size > INDEX_MASK) {
      throw new IllegalArgumentException("%s spans in one block".formatted(size));
    }
    if (order.length < size) {
      order = new long[Math.max(size, order.length * 2)];
    }
    boolean fewSteps = collectSteps(size);
    long step = Long.MIN_VALUE;
    long rank = 0;
    for (int i = 0; i < size; i++) {
      if (fewSteps && step(i) != step) {
        step = step(i);
        rank = Arrays.binarySearch(steps, 0, stepCount, step);
      }
      // With too many steps all spans are alike here and are told apart below.
      long trace = fewSteps ? traceHigh[i] >>> (STEP_BITS + 1) >>> INDEX_BITS : 0;
      order[i] = rank << (Long.SIZE - STEP_BITS - 1) | trace << INDEX_BITS | i;
    }
    Arrays.sort(order, 0, size);
    for (int from = 0; from < size; ) {
      int to = from + 1;
      while (to < size && order[to] >>> INDEX_BITS == order[from] >>> INDEX_BITS) {
        to++;
      }
      sortAlike(from, to);
      from = to;
    }
  }

  /// Lists the steps of the spans in their order.
  ///
  /// @return false when there are too many
  private boolean collectSteps(int size) {
    stepCount = 0;
    for (int i = 0; i < size; i++) {
      long step = step(i);
      int place = Arrays.binarySearch(steps, 0, stepCount, step);
      if (place < 0) {
        if (stepCount == STEPS_MAX) {
          return false;
        }
        System.arraycopy(steps, ~place, steps, ~place + 1, stepCount - ~place);
        steps[~place] = step;
        stepCount++;
      }
    }
    return true;
  }

  /// The span at a place of the order.
  int at(int place) {
    return (int) (order[place] & INDEX_MASK);
  }

  private static final int INSERTION_MAX = 32;

  /// Sorts a range whose first digits are equal: mostly the spans of one trace.
  private void sortAlike(int from, int to) {
    if (to - from > INSERTION_MAX) {
      Long[] boxed = new Long[to - from];
      Arrays.setAll(boxed, i -> order[from + i]);
      Arrays.sort(boxed, (a, b) -> compare((int) (a & INDEX_MASK), (int) (b & INDEX_MASK)));
      for (int i = 0; i < boxed.length; i++) {
        order[from + i] = boxed[i];
      }
      return;
    }
    for (int i = from + 1; i < to; i++) {
      long moved = order[i];
      int place = i;
      while (place > from && compare(at(place - 1), (int) (moved & INDEX_MASK)) > 0) {
        order[place] = order[place - 1];
        place--;
      }
      order[place] = moved;
    }
  }

  private int compare(int a, int b) {
    int order = Long.compare(step(a), step(b));
    order = order != 0 ? order : Long.compareUnsigned(traceHigh[a], traceHigh[b]);
    order = order != 0 ? order : Long.compareUnsigned(traceLow[a], traceLow[b]);
    return order != 0 ? order : Long.compare(startTime[a], startTime[b]);
  }

  /// Whether two spans are of one trace and began at the same time.
  boolean isAlike(int a, int b) {
    return traceHigh[a] == traceHigh[b]
        && traceLow[a] == traceLow[b]
        && startTime[a] == startTime[b];
  }

  private long step(int index) {
    return SpanOrder.step(startTime[index]);
  }
}
