package deepflow.server.querier.flowtracing;

import deepflow.server.querier.sql.FlowLog;
import java.util.List;

/// A span of an answer: a row of l7_flow_log seen from the side that made it.
///
/// @param row has the columns of [#select]
record TracedSpan(FlowLog.Row row) {

  /// Whom a span's time is put down to.
  ///
  /// @param uid tells services apart
  /// @param name for people
  record Service(String uid, String name) {}

  /// Fields that the row has under the very name of the answer's.
  static final List<String> PLAIN =
      List.of(
          "signal_source",
          "tap_side",
          "Enum(tap_side)",
          "type",
          "l7_protocol",
          "Enum(l7_protocol)",
          "l7_protocol_str",
          "endpoint",
          "request_type",
          "request_resource",
          "request_id",
          "response_status",
          "response_code",
          "response_exception",
          "biz_response_code",
          "trace_id",
          "span_id",
          "parent_span_id",
          "x_request_id_0",
          "x_request_id_1",
          "req_tcp_seq",
          "resp_tcp_seq",
          "syscall_cap_seq_0",
          "syscall_cap_seq_1",
          "tap",
          "tap_port",
          "tap_port_name",
          "app_service",
          "app_instance",
          "is_tls",
          "is_async");

  /// Numbers of 64 bits, which are texts in the answer.
  static final List<String> TEXTS =
      List.of("syscall_trace_id_request", "syscall_trace_id_response", "flow_id");

  /// Fields that the row has for client and server.
  static final List<String> SIDED =
      List.of(
          "process_id",
          "process_kname",
          "ip",
          "auto_instance",
          "auto_instance_type",
          "auto_service",
          "auto_service_type");

  private static final int POD = 10;

  /// The statement that gives the rows, in the order of the spans' starts.
  static String select(boolean attributes) {
    StringBuilder items = new StringBuilder("SELECT toString(_id) AS row_id, span_kind");
    items.append(", toUnixTimestamp64Micro(start_time) AS start_us");
    items.append(", toUnixTimestamp64Micro(end_time) AS end_us, capture_network_type_id");
    PLAIN.forEach(name -> items.append(", ").append(name));
    TEXTS.forEach(name -> items.append(", toString(%s) AS %s".formatted(name, name)));
    SIDED.forEach(name -> items.append(", %s_0, %s_1".formatted(name, name)));
    items.append(attributes ? ", attribute" : "");
    return items + " FROM l7_flow_log ORDER BY start_us, span_id, span_kind, end_us, row_id";
  }

  String id() {
    return row.text("row_id");
  }

  /// Column of the side that made the span.
  String sided(String name) {
    return name + (isClient() ? "_0" : "_1");
  }

  private boolean isClient() {
    return row.text("tap_side").equals("c-app");
  }

  TreeSpan inTree() {
    return new TreeSpan(
        row.text("span_id"),
        row.text("parent_span_id"),
        process(),
        isClient(),
        row.number("start_us"),
        row.number("end_us"));
  }

  private List<String> process() {
    return List.of(
        row.text(sided("auto_instance")), row.text("app_service"), row.text("app_instance"));
  }

  /// The pod, or else the service by its own word, or else the address.
  Service service() {
    String instance = row.text(sided("auto_instance"));
    if (row.number(sided("auto_instance_type")) == POD) {
      return new Service(POD + "-" + instance, instance);
    }
    String service = row.text("app_service");
    return service.isEmpty()
        ? new Service(row.number(sided("auto_instance_type")) + "-" + instance, instance)
        : new Service("app_service-" + service, service);
  }
}
