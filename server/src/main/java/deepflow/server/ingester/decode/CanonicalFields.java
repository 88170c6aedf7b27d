package deepflow.server.ingester.decode;

import static deepflow.server.ingester.decode.Meaning.CLIENT_PORT;
import static deepflow.server.ingester.decode.Meaning.DB_COLLECTION;
import static deepflow.server.ingester.decode.Meaning.DB_CONNECTION;
import static deepflow.server.ingester.decode.Meaning.DB_NAMESPACE;
import static deepflow.server.ingester.decode.Meaning.DB_OPERATION;
import static deepflow.server.ingester.decode.Meaning.DB_QUERY;
import static deepflow.server.ingester.decode.Meaning.DB_STATUS;
import static deepflow.server.ingester.decode.Meaning.DB_SUMMARY;
import static deepflow.server.ingester.decode.Meaning.DB_SYSTEM;
import static deepflow.server.ingester.decode.Meaning.ERROR_TYPE;
import static deepflow.server.ingester.decode.Meaning.FAAS_NAME;
import static deepflow.server.ingester.decode.Meaning.FAAS_TRIGGER;
import static deepflow.server.ingester.decode.Meaning.GEN_AI_MODEL;
import static deepflow.server.ingester.decode.Meaning.GEN_AI_OPERATION;
import static deepflow.server.ingester.decode.Meaning.HOST_NAME;
import static deepflow.server.ingester.decode.Meaning.HTTP_HOST;
import static deepflow.server.ingester.decode.Meaning.HTTP_METHOD;
import static deepflow.server.ingester.decode.Meaning.HTTP_STATUS;
import static deepflow.server.ingester.decode.Meaning.HTTP_TARGET;
import static deepflow.server.ingester.decode.Meaning.MESSAGING_DESTINATION;
import static deepflow.server.ingester.decode.Meaning.MESSAGING_OPERATION;
import static deepflow.server.ingester.decode.Meaning.MESSAGING_SYSTEM;
import static deepflow.server.ingester.decode.Meaning.MESSAGING_URL;
import static deepflow.server.ingester.decode.Meaning.NET_HOST_PORT;
import static deepflow.server.ingester.decode.Meaning.NET_PEER_PORT;
import static deepflow.server.ingester.decode.Meaning.PEER_NAME;
import static deepflow.server.ingester.decode.Meaning.PEER_PORT;
import static deepflow.server.ingester.decode.Meaning.PROTOCOL_NAME;
import static deepflow.server.ingester.decode.Meaning.PROTOCOL_VERSION;
import static deepflow.server.ingester.decode.Meaning.REQUEST_LENGTH;
import static deepflow.server.ingester.decode.Meaning.RESPONSE_LENGTH;
import static deepflow.server.ingester.decode.Meaning.RPC_METHOD;
import static deepflow.server.ingester.decode.Meaning.RPC_SERVICE;
import static deepflow.server.ingester.decode.Meaning.RPC_STATUS;
import static deepflow.server.ingester.decode.Meaning.RPC_SYSTEM;
import static deepflow.server.ingester.decode.Meaning.SERVER_ADDRESS;
import static deepflow.server.ingester.decode.Meaning.SERVER_PORT;
import static deepflow.server.ingester.decode.Meaning.TLS;
import static deepflow.server.ingester.decode.Meaning.TRANSPORT;
import static deepflow.server.ingester.decode.Meaning.URL_FULL;
import static deepflow.server.ingester.decode.Meaning.URL_PATH;
import static deepflow.server.ingester.decode.Meaning.URL_QUERY;
import static deepflow.server.ingester.decode.Meaning.URL_SCHEME;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufCursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What a span's attributes mean: for each [Meaning] the attribute with the newest name that has a
/// simple value, or an array of one, as headers have. Used again for every span.
final class CanonicalFields {
  static final int KIND_SERVER = 2;
  static final int KIND_CLIENT = 3;
  static final int KIND_PRODUCER = 4;
  static final int KIND_CONSUMER = 5;

  static final int NO_PEER = 0;
  static final int DATABASE = 1;
  static final int QUEUE = 2;

  /// A queue that the span takes from.
  static final int SOURCE = 3;

  private static final int STATUS_ERROR = 2;
  private static final int STATUS_CODES = 3;
  private static final long NONE = Long.MIN_VALUE;

  private final ScannedSpan span;

  /// The only values of arrays.
  private final AttributeList soles = new AttributeList();

  private final ProtobufCursor array = new ProtobufCursor();

  /// Bit `i`: the span has the meaning with index `i`.
  private long present;

  private final AttributeList[] list = new AttributeList[Long.SIZE];
  private final int[] attribute = new int[Long.SIZE];
  private final int[] rank = new int[Long.SIZE];
  private final @Nullable NewValues[] newValues = new @Nullable NewValues[Long.SIZE];
  private boolean beginsWithHttp;

  CanonicalFields(ScannedSpan span) {
    this.span = span;
    Arrays.fill(list, span.attributes);
  }

  void begin() {
    present = 0;
    soles.clear();
    beginsWithHttp = false;
  }

  /// The span's attribute `index` has this key.
  void note(KeyDictionary.Key key, int index) {
    beginsWithHttp |= key.beginsWithHttp;
    if (key.meaning < 0) {
      return;
    }
    if (span.attributes.type[index] != AttributeList.OTHER) {
      note(key, span.attributes, index);
    } else if (isSole(index)) {
      note(key, soles, soles.size - 1);
    }
  }

  private void note(KeyDictionary.Key key, AttributeList values, int index) {
    int meaning = key.meaning;
    // Of two attributes with the same key the last one counts.
    if (!has(meaning) || key.rank <= rank[meaning]) {
      present |= 1L << meaning;
      list[meaning] = values;
      attribute[meaning] = index;
      rank[meaning] = key.rank;
      newValues[meaning] = key.newValues;
    }
  }

  /// Whether an attribute is an array of one simple value, which then is the last of [#soles].
  private boolean isSole(int index) {
    array.reset(span.bytes, span.attributes.valueOffset[index], span.attributes.valueLength[index]);
    try {
      return AttributeScanner.scanSole(array, soles);
    } catch (MalformedProtobufException _) {
      return false;
    }
  }

  private boolean has(int meaning) {
    return (present & 1L << meaning) != 0;
  }

  boolean has(Meaning meaning) {
    return has(meaning.index());
  }

  /// Reads a meaning's value as text, as its newest name has it; empty when it isn't there.
  Text text(Meaning meaning, Text into) {
    if (!has(meaning)) {
      return into.clear();
    }
    int index = meaning.index();
    into.set(span.bytes, list[index], attribute[index]);
    NewValues changed = newValues[index];
    return changed == null ? into : changed.of(into);
  }

  /// A meaning's value when it is an integer or the text of one, else [#NONE].
  private long number(Meaning meaning) {
    if (!has(meaning)) {
      return NONE;
    }
    AttributeList values = list[meaning.index()];
    int index = attribute[meaning.index()];
    return switch (values.type[index]) {
      case AttributeList.INTEGER -> values.number[index];
      case AttributeList.STRING ->
          NumberText.parseLong(
              span.bytes, values.valueOffset[index], values.valueLength[index], NONE);
      default -> NONE;
    };
  }

  /// Whether the span's own side is the client: then the address of its host is side 0.
  boolean isClientSide() {
    return span.kind == KIND_CLIENT || span.kind == KIND_PRODUCER;
  }

  boolean isHttp(Text scratch) {
    return beginsWithHttp || text(URL_SCHEME, scratch).startsWith("http");
  }

  int l7Protocol(Text scratch) {
    int code = namedProtocol(RPC_SYSTEM, scratch);
    code = code == 0 ? namedProtocol(DB_SYSTEM, scratch) : code;
    code = code == 0 ? namedProtocol(MESSAGING_SYSTEM, scratch) : code;
    if (code == 0 && isHttp(scratch)) {
      code = ProtocolCodes.HTTP;
    }
    code = code == 0 ? namedProtocol(PROTOCOL_NAME, scratch) : code;
    return code == ProtocolCodes.HTTP && text(PROTOCOL_VERSION, scratch).startsWith("2")
        ? ProtocolCodes.HTTP2
        : code;
  }

  private int namedProtocol(Meaning meaning, Text scratch) {
    if (!has(meaning)) {
      return ProtocolCodes.UNKNOWN_PROTOCOL;
    }
    text(meaning, scratch);
    return ProtocolCodes.l7Protocol(scratch.bytes, scratch.offset, scratch.length);
  }

  boolean isTls(Text scratch) {
    boolean secure =
        has(URL_SCHEME)
            ? text(URL_SCHEME, scratch).startsWith("https")
            : text(URL_FULL, scratch).startsWith("https:");
    return secure || (has(TLS) && !text(TLS, scratch).startsWith("false"));
  }

  int transport(Text scratch) {
    return has(TRANSPORT) && text(TRANSPORT, scratch).endsWith("udp")
        ? ProtocolCodes.UDP
        : ProtocolCodes.TCP;
  }

  int serverPort(Text scratch) {
    if (span.kind == KIND_SERVER) {
      return port(SERVER_PORT, NET_HOST_PORT, NET_HOST_PORT);
    }
    boolean isSaid = has(SERVER_PORT) || has(PEER_PORT) || has(NET_PEER_PORT);
    return isSaid || !has(DB_CONNECTION)
        ? port(SERVER_PORT, PEER_PORT, NET_PEER_PORT)
        : port(text(DB_CONNECTION, scratch).portOfConnection().number(NONE));
  }

  /// 0 but for a server's span: a client's own port is not among the conventions.
  int clientPort() {
    return span.kind == KIND_SERVER ? port(CLIENT_PORT, PEER_PORT, NET_PEER_PORT) : 0;
  }

  private int port(Meaning first, Meaning second, Meaning third) {
    return port(number(has(first) ? first : has(second) ? second : third));
  }

  private static int port(long port) {
    return port > 0 && port <= 0xFFFF ? (int) port : 0;
  }

  /// What a span that calls says of whom it calls, when that is no address.
  Text peerName(Text into) {
    if (has(SERVER_ADDRESS) || has(PEER_NAME)) {
      return text(has(SERVER_ADDRESS) ? SERVER_ADDRESS : PEER_NAME, into);
    }
    return has(HTTP_HOST)
        ? text(HTTP_HOST, into).hostOfAuthority()
        : text(DB_CONNECTION, into).hostOfConnection();
  }

  Text requestType(Text into) {
    if (has(HTTP_METHOD)) {
      return text(HTTP_METHOD, into);
    }
    if (has(DB_OPERATION)) {
      return text(DB_OPERATION, into);
    }
    if (has(RPC_METHOD)) {
      // The newer convention has `package.Service/Method` in one.
      return text(RPC_METHOD, into).afterLast('/');
    }
    if (has(MESSAGING_OPERATION)) {
      return text(MESSAGING_OPERATION, into);
    }
    return text(has(GEN_AI_OPERATION) ? GEN_AI_OPERATION : FAAS_TRIGGER, into);
  }

  Text requestDomain(Text into) {
    if (has(SERVER_ADDRESS)) {
      return text(SERVER_ADDRESS, into);
    }
    if (has(HTTP_HOST)) {
      return text(HTTP_HOST, into).hostOfAuthority();
    }
    Meaning name = span.kind == KIND_SERVER ? HOST_NAME : PEER_NAME;
    return text(has(name) ? name : DB_CONNECTION, into);
  }

  Text requestResource(Text into) {
    if (has(URL_PATH)) {
      text(URL_PATH, into);
      return has(URL_QUERY)
          ? into.plusQuery(span.bytes, list[URL_QUERY.index()], attribute[URL_QUERY.index()])
          : into;
    }
    if (has(HTTP_TARGET)) {
      return text(HTTP_TARGET, into);
    }
    if (has(DB_QUERY)) {
      return text(DB_QUERY, into);
    }
    if (has(DB_SUMMARY) || has(DB_COLLECTION)) {
      return text(has(DB_SUMMARY) ? DB_SUMMARY : DB_COLLECTION, into);
    }
    if (has(MESSAGING_URL)) {
      return text(MESSAGING_URL, into);
    }
    if (has(RPC_SERVICE)) {
      return text(RPC_SERVICE, into);
    }
    if (has(RPC_METHOD)) {
      return text(RPC_METHOD, into).beforeLast('/');
    }
    if (has(URL_FULL)) {
      return text(URL_FULL, into).pathOfUrl();
    }
    if (has(MESSAGING_DESTINATION)) {
      return text(MESSAGING_DESTINATION, into);
    }
    return text(has(GEN_AI_MODEL) ? GEN_AI_MODEL : FAAS_NAME, into);
  }

  /// What the span talks to that sends no spans of its own.
  int peerType(Text scratch) {
    if (span.kind == KIND_SERVER) {
      return NO_PEER;
    }
    if (has(DB_SYSTEM)) {
      return DATABASE;
    }
    if (has(MESSAGING_SYSTEM)) {
      return takesMessages(scratch) ? SOURCE : QUEUE;
    }
    return NO_PEER;
  }

  /// By the conventions a span that receives is of kind CLIENT.
  private boolean takesMessages(Text scratch) {
    text(MESSAGING_OPERATION, scratch);
    return span.kind == KIND_CONSUMER || scratch.is("receive") || scratch.is("process");
  }

  /// The name of that: `system/name`, where the name of a database is its own or that of its
  /// server, the name of a queue its destination.
  ///
  /// @param type as [#peerType]
  void peer(int type, Text scratch, ByteScratch into) {
    into.clear();
    if (type == NO_PEER) {
      return;
    }
    text(type == DATABASE ? DB_SYSTEM : MESSAGING_SYSTEM, scratch);
    into.put(scratch.bytes, scratch.offset, scratch.length);
    if (type != DATABASE) {
      text(MESSAGING_DESTINATION, scratch);
    } else if (has(DB_NAMESPACE)) {
      text(DB_NAMESPACE, scratch);
    } else {
      peerName(scratch);
    }
    if (scratch.length > 0) {
      into.put('/');
      into.put(scratch.bytes, scratch.offset, scratch.length);
    }
  }

  /// Bytes of the request's body, negative when not said.
  long requestLength() {
    return Math.max(number(REQUEST_LENGTH), -1);
  }

  /// Bytes of the response's body, negative when not said.
  long responseLength() {
    return Math.max(number(RESPONSE_LENGTH), -1);
  }

  /// The code of gRPC, Connect or JSON-RPC, or [#NONE].
  private long rpcCode(Text scratch) {
    long code = number(RPC_STATUS);
    if (code == NONE && has(RPC_STATUS)) {
      text(RPC_STATUS, scratch);
      int named = ProtocolCodes.grpcCode(scratch.bytes, scratch.offset, scratch.length, -1);
      return named < 0 ? NONE : named;
    }
    return code;
  }

  /// The protocol's own code, or [Integer#MIN_VALUE] when it gave none that is a number.
  int responseCode(Text scratch) {
    long code = rpcCode(scratch);
    code = code == NONE ? number(HTTP_STATUS) : code;
    code = code == NONE ? number(DB_STATUS) : code;
    return code == (int) code ? (int) code : Integer.MIN_VALUE;
  }

  int responseStatus(Text scratch) {
    long rpc = rpcCode(scratch);
    long http = number(HTTP_STATUS);
    int byCode = ProtocolCodes.SUCCESS;
    if (rpc != NONE) {
      byCode = ProtocolCodes.rpcStatus(rpc);
    } else if (http != NONE) {
      byCode = ProtocolCodes.httpStatus(http);
    }
    if (byCode != ProtocolCodes.SUCCESS) {
      return byCode;
    }
    if (span.statusCode == STATUS_ERROR) {
      return ProtocolCodes.SERVER_ERROR;
    }
    return span.statusCode >= 0 && span.statusCode < STATUS_CODES
        ? ProtocolCodes.SUCCESS
        : ProtocolCodes.UNKNOWN_STATUS;
  }

  Text responseException(Text into) {
    byte[] phrase = ProtocolCodes.httpPhrase(number(HTTP_STATUS));
    if (phrase.length > 0) {
      return into.set(phrase, 0, phrase.length);
    }
    if (span.statusMessageLength > 0) {
      return into.set(span.bytes, span.statusMessageOffset, span.statusMessageLength);
    }
    return text(ERROR_TYPE, into);
  }
}
