package deepflow.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A serialised request with the places that differ from one sending to the next, so that a request
/// costs a copy and a few thousand stores and no encoding.
///
/// The places are found by markers: 8 bytes `~#&!`, a letter for what stands there, and three
/// characters for which one. Markers are ASCII, so they may stand in strings too.
///
/// | letter | bytes | becomes |
/// |--------|------:|---------|
/// | T | 16 | trace id |
/// | S, P | 8 | span id, parent's span id |
/// | B, E, V | 8 | start, end and event times: the template's offset + the request's own time |
/// | O | 16 | 16 hexadecimal digits that no other span has, in an attribute |
/// | D | 10 | a decimal number that no other span has, in an attribute |
final class RequestTemplate {
  private static final byte[] MAGIC = "~#&!".getBytes(US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

  /// Digits of a decimal number, and what half of them can count.
  static final int DIGITS = 10;

  private static final long HALF = 100_000;

  /// More than a request has decimal numbers.
  private static final long SLOTS = 4096;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;
  private final int[] offsets;
  private final byte[] kinds;
  private final int[] slots;
  private final long[] times;

  /// @param times what the time markers stand for, in ns after the request's own time
  RequestTemplate(ExportTraceServiceRequest marked, long[] times) {
    this.bytes = marked.toByteArray();
    this.times = times.clone();
    int[] found = new int[bytes.length / 8];
    int count = 0;
    for (int i = 0; i + 8 <= bytes.length; i++) {
      if (bytes[i] == MAGIC[0] && Arrays.equals(bytes, i, i + 4, MAGIC, 0, 4)) {
        found[count++] = i;
      }
    }
    offsets = Arrays.copyOf(found, count);
    kinds = new byte[count];
    slots = new int[count];
    for (int i = 0; i < count; i++) {
      kinds[i] = bytes[offsets[i] + 4];
      slots[i] = slotAt(offsets[i] + 5);
    }
  }

  /// The request of a number: the same bytes whenever it is asked for.
  ///
  /// @param number from 0
  /// @param identity what ids are made of; another identity gives other ids throughout
  /// @param time the request's own time, ns since 1970
  byte[] request(long number, long identity, long time) {
    byte[] request = bytes.clone();
    for (int i = 0; i < offsets.length; i++) {
      int at = offsets[i];
      int slot = slots[i];
      switch (kinds[i]) {
        case 'T' -> putTraceId(request, at, identity, slot);
        case 'S', 'P' -> LONG.set(request, at, id(identity, 3L * slot + 2));
        case 'B', 'E', 'V' -> LONG.set(request, at, time + times[slot]);
        case 'O' -> putHex(request, at, id(~identity, slot));
        case 'D' -> putDecimal(request, at, number * SLOTS + slot);
        default -> throw new IllegalStateException("marker " + (char) kinds[i]);
      }
    }
    return request;
  }

  /// Puts the trace id that a request has for one of its traces.
  static void putTraceId(byte[] into, int at, long identity, int trace) {
    LONG.set(into, at, id(identity, 3L * trace));
    LONG.set(into, at + 8, id(identity, 3L * trace + 1));
  }

  /// Never zero, since an id of zeros is not one.
  private static long id(long identity, long slot) {
    return mix(identity + slot * 0x9E3779B97F4A7C15L) | 1L;
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
  /// generators, 2014).
  static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }

  private static void putHex(byte[] into, int at, long value) {
    for (int i = 0; i < 16; i++) {
      into[at + i] = HEX[(int) (value >>> (60 - 4 * i)) & 15];
    }
  }

  /// Another ten digits for each count below 10^10, in no order that a compressor could find: four
  /// rounds of a Feistel network over two halves of five digits.
  private static void putDecimal(byte[] into, int at, long count) {
    long left = count / HALF % HALF;
    long right = count % HALF;
    for (int round = 0; round < 4; round++) {
      long mixed = (left + (mix(right + round * HALF) >>> 1)) % HALF;
      left = right;
      right = mixed;
    }
    long number = left * HALF + right;
    for (int i = DIGITS - 1; i >= 0; i--) {
      into[at + i] = (byte) ('0' + number % 10);
      number /= 10;
    }
  }

  private int slotAt(int at) {
    int slot = 0;
    for (int i = 0; i < 3; i++) {
      slot = slot << 6 | (bytes[at + i] - '0');
    }
    return slot;
  }

  /// The marker of a place, to be put into the message that becomes a template.
  static byte[] marker(char kind, int slot, int length) {
    byte[] marker = new byte[length];
    Arrays.fill(marker, (byte) '.');
    System.arraycopy(MAGIC, 0, marker, 0, 4);
    marker[4] = (byte) kind;
    for (int i = 0; i < 3; i++) {
      marker[5 + i] = (byte) ('0' + (slot >>> (6 * (2 - i)) & 63));
    }
    return marker;
  }

  static ByteString idMarker(char kind, int slot, int length) {
    return ByteString.copyFrom(marker(kind, slot, length));
  }

  static String textMarker(char kind, int slot, int length) {
    return new String(marker(kind, slot, length), US_ASCII);
  }

  static long timeMarker(char kind, int slot) {
    return (long) LONG.get(marker(kind, slot, 8), 0);
  }
}
