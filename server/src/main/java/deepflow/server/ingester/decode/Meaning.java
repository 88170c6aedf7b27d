package deepflow.server.ingester.decode;

import deepflow.server.semconv.Conversion;
import deepflow.server.semconv.Reading;
import deepflow.server.semconv.Renames;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What an attribute means, whatever name the semantic conventions gave it over the years.
///
/// The names of a meaning stand newest first: when a span has several, the first one counts. Names
/// whose meaning depends on the span's kind have a meaning of their own, which [CanonicalFields]
/// judges.
///
/// Source: OpenTelemetry's semantic conventions, by the files of [Renames], and DeepFlow's
/// `server/ingester/flow_log/log_data/otel_import.go`, 2026-06.
enum Meaning {
  HTTP_METHOD("http.request.method"),
  HTTP_STATUS("http.response.status_code"),
  URL_SCHEME("url.scheme"),
  URL_FULL("url.full"),
  URL_PATH("url.path"),
  URL_QUERY("url.query"),
  HTTP_TARGET("http.target"),
  HTTP_HOST("http.request.header.host"),
  REQUEST_LENGTH(
      "http.request.body.size", "http.request.header.content-length", "rpc.request.body.size"),
  RESPONSE_LENGTH(
      "http.response.body.size", "http.response.header.content-length", "rpc.response.body.size"),
  SERVER_ADDRESS("server.address"),
  PEER_NAME("net.peer.name"),
  HOST_NAME("net.host.name"),
  PEER_ADDRESS("network.peer.address"),
  SERVER_PORT("server.port"),
  CLIENT_PORT("client.port"),
  PEER_PORT("network.peer.port"),
  NET_PEER_PORT("net.peer.port"),
  NET_HOST_PORT("net.host.port"),
  TRANSPORT("network.transport", "net.transport"),
  PROTOCOL_NAME("network.protocol.name"),
  PROTOCOL_VERSION("network.protocol.version", "http.flavor"),
  TLS("tls.protocol.version", "tls.protocol.name", "tls.established"),
  DB_SYSTEM("db.system.name", "db.system"),
  DB_OPERATION("db.operation.name"),
  DB_QUERY("db.query.text"),
  DB_SUMMARY("db.query.summary"),
  DB_COLLECTION("db.collection.name"),
  DB_STATUS("db.response.status_code", "db.cosmosdb.status_code"),
  DB_CONNECTION("db.connection_string"),
  DB_NAMESPACE("db.namespace", "db.redis.database_index"),
  RPC_SYSTEM("rpc.system.name", "rpc.system"),
  RPC_METHOD("rpc.method"),
  RPC_SERVICE("rpc.service"),
  RPC_STATUS("rpc.status_code", "rpc.grpc.status_code", "rpc.jsonrpc.error_code"),
  MESSAGING_SYSTEM("messaging.system"),
  MESSAGING_OPERATION(
      "messaging.operation.type", "messaging.operation.name", "messaging.operation"),
  MESSAGING_DESTINATION("messaging.destination.name"),
  MESSAGING_URL("messaging.url"),
  GEN_AI_OPERATION("gen_ai.operation.name"),
  GEN_AI_MODEL("gen_ai.request.model"),
  FAAS_TRIGGER("faas.trigger"),
  FAAS_NAME("faas.invoked_name", "faas.name"),
  ERROR_TYPE("error.type");

  /// A name of a meaning.
  ///
  /// @param rank its place among the names of that meaning; 0 is the newest
  /// @param newValues what the newest name has for its values; null when that is the same
  record Name(Meaning meaning, int rank, @Nullable NewValues newValues) {}

  private static final Map<String, Name> BY_NAME = new HashMap<>();

  static {
    for (Meaning meaning : values()) {
      for (int rank = 0; rank < meaning.names.size(); rank++) {
        String name = meaning.names.get(rank);
        if (BY_NAME.put(name, new Name(meaning, rank, meaning.newValues(name))) != null) {
          throw new IllegalStateException(name + " has two meanings");
        }
      }
    }
  }

  @SuppressWarnings("ImmutableEnumChecker") // toList
  private final List<String> names;

  /// @param newest its name today; what that was called before follows by itself ([Renames])
  /// @param others names whose values are read in their own way, newest first
  Meaning(String newest, String... others) {
    names =
        Stream.concat(Renames.plainKeys(newest).stream(), Stream.of(others)).distinct().toList();
  }

  private @Nullable NewValues newValues(String name) {
    for (Reading reading : Renames.older(names.getFirst())) {
      if (reading.key().equals(name) && reading.conversion() instanceof Conversion.Values changed) {
        return NewValues.by(changed.table());
      }
    }
    return null;
  }

  /// Its place in tables of meanings, below 64.
  @SuppressWarnings("EnumOrdinal") // lives in memory only
  int index() {
    return ordinal();
  }

  /// The meaning of a key, or null when it has none for us.
  static @Nullable Name of(byte[] key) {
    return BY_NAME.get(new String(key, StandardCharsets.UTF_8));
  }
}
