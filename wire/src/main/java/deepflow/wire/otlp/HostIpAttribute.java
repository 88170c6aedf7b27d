package deepflow.wire.otlp;

import static java.nio.charset.StandardCharsets.US_ASCII;

/// The resource attribute `app.host.ip`, serialized: from which host spans came, by the address of
/// whoever sent them.
///
/// It is DeepFlow's name; the server turns it into tags. A sender's own value always wins.
public final class HostIpAttribute {
  /// The attribute's key.
  public static final String KEY = "app.host.ip";

  static final byte[] KEY_BYTES = KEY.getBytes(US_ASCII);

  private static final int ATTRIBUTE =
      ProtobufCursor.tag(OtlpField.RESOURCE_ATTRIBUTES, ProtobufCursor.LENGTH_DELIMITED);
  private static final int RESOURCE =
      ProtobufCursor.tag(OtlpField.RESOURCE_SPANS_RESOURCE, ProtobufCursor.LENGTH_DELIMITED);
  private static final int KEY_TAG =
      ProtobufCursor.tag(OtlpField.KEY_VALUE_KEY, ProtobufCursor.LENGTH_DELIMITED);
  private static final int VALUE_TAG =
      ProtobufCursor.tag(OtlpField.KEY_VALUE_VALUE, ProtobufCursor.LENGTH_DELIMITED);
  private static final int STRING_TAG =
      ProtobufCursor.tag(OtlpField.ANY_VALUE_STRING, ProtobufCursor.LENGTH_DELIMITED);

  private final byte[] attributeField;
  private final byte[] resourceField;

  /// @param ip an address as text
  /// @throws IllegalArgumentException when it is longer than an address can be
  public HostIpAttribute(String ip) {
    // Longest: an IPv6 address with a zone of the longest interface name; every length is one byte.
    if (ip.isEmpty() || ip.length() > 63) {
      throw new IllegalArgumentException("not an address: " + ip);
    }
    byte[] value = delimited(STRING_TAG, ip.getBytes(US_ASCII));
    byte[] key = delimited(KEY_TAG, KEY_BYTES);
    attributeField = delimited(ATTRIBUTE, join(key, delimited(VALUE_TAG, value)));
    resourceField = delimited(RESOURCE, attributeField);
  }

  /// A field of a Resource: tag, length and KeyValue.
  byte[] attributeField() {
    return attributeField;
  }

  /// A field of a ResourceSpans: tag, length and a Resource with nothing but the attribute.
  byte[] resourceField() {
    return resourceField;
  }

  private static byte[] delimited(int tag, byte[] payload) {
    return join(new byte[] {(byte) tag, (byte) payload.length}, payload);
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] joined = new byte[first.length + second.length];
    System.arraycopy(first, 0, joined, 0, first.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }
}
