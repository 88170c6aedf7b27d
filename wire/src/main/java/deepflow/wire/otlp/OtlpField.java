package deepflow.wire.otlp;

/// Field numbers of OTLP traces, one group of constants a message.
///
/// Source: opentelemetry-proto v1.11.0, `trace/v1/trace.proto`, `common/v1/common.proto`,
/// `resource/v1/resource.proto`, `collector/trace/v1/trace_service.proto`.
public final class OtlpField {
  private OtlpField() {}

  // ExportTraceServiceRequest and TracesData: the same bytes
  public static final int REQUEST_RESOURCE_SPANS = 1;

  // ExportTraceServiceResponse and its ExportTracePartialSuccess
  public static final int RESPONSE_PARTIAL_SUCCESS = 1;
  public static final int PARTIAL_SUCCESS_REJECTED_SPANS = 1;
  public static final int PARTIAL_SUCCESS_ERROR_MESSAGE = 2;

  // ResourceSpans
  public static final int RESOURCE_SPANS_RESOURCE = 1;
  public static final int RESOURCE_SPANS_SCOPE_SPANS = 2;
  public static final int RESOURCE_SPANS_SCHEMA_URL = 3;

  /// Ours, a bool: the resource's `app.host.ip` is not its sender's word, an agent added it. Stands
  /// in exports, in JSON as `appHostIpAdded`; others ignore it, as they do all that they don't
  /// know.
  public static final int RESOURCE_SPANS_APP_HOST_IP_ADDED = 20_033;

  // ScopeSpans
  public static final int SCOPE_SPANS_SCOPE = 1;
  public static final int SCOPE_SPANS_SPANS = 2;
  public static final int SCOPE_SPANS_SCHEMA_URL = 3;

  // Resource
  public static final int RESOURCE_ATTRIBUTES = 1;
  public static final int RESOURCE_DROPPED_ATTRIBUTES_COUNT = 2;
  public static final int RESOURCE_ENTITY_REFS = 3;

  // EntityRef
  public static final int ENTITY_REF_SCHEMA_URL = 1;
  public static final int ENTITY_REF_TYPE = 2;
  public static final int ENTITY_REF_ID_KEYS = 3;
  public static final int ENTITY_REF_DESCRIPTION_KEYS = 4;

  // InstrumentationScope
  public static final int SCOPE_NAME = 1;
  public static final int SCOPE_VERSION = 2;
  public static final int SCOPE_ATTRIBUTES = 3;
  public static final int SCOPE_DROPPED_ATTRIBUTES_COUNT = 4;

  // Span
  public static final int SPAN_TRACE_ID = 1;
  public static final int SPAN_SPAN_ID = 2;
  public static final int SPAN_TRACE_STATE = 3;
  public static final int SPAN_PARENT_SPAN_ID = 4;
  public static final int SPAN_NAME = 5;
  public static final int SPAN_KIND = 6;
  public static final int SPAN_START_TIME_UNIX_NANO = 7;
  public static final int SPAN_END_TIME_UNIX_NANO = 8;
  public static final int SPAN_ATTRIBUTES = 9;
  public static final int SPAN_DROPPED_ATTRIBUTES_COUNT = 10;
  public static final int SPAN_EVENTS = 11;
  public static final int SPAN_DROPPED_EVENTS_COUNT = 12;
  public static final int SPAN_LINKS = 13;
  public static final int SPAN_DROPPED_LINKS_COUNT = 14;
  public static final int SPAN_STATUS = 15;
  public static final int SPAN_FLAGS = 16;

  // Span.Event
  public static final int EVENT_TIME_UNIX_NANO = 1;
  public static final int EVENT_NAME = 2;
  public static final int EVENT_ATTRIBUTES = 3;
  public static final int EVENT_DROPPED_ATTRIBUTES_COUNT = 4;

  // Span.Link
  public static final int LINK_TRACE_ID = 1;
  public static final int LINK_SPAN_ID = 2;
  public static final int LINK_TRACE_STATE = 3;
  public static final int LINK_ATTRIBUTES = 4;
  public static final int LINK_DROPPED_ATTRIBUTES_COUNT = 5;
  public static final int LINK_FLAGS = 6;

  // Status
  public static final int STATUS_MESSAGE = 2;
  public static final int STATUS_CODE = 3;

  // KeyValue; KEY_STRINDEX belongs to profiles and means nothing in traces
  public static final int KEY_VALUE_KEY = 1;
  public static final int KEY_VALUE_VALUE = 2;
  public static final int KEY_VALUE_KEY_STRINDEX = 3;

  // AnyValue; STRING_VALUE_STRINDEX belongs to profiles and means nothing in traces
  public static final int ANY_VALUE_STRING = 1;
  public static final int ANY_VALUE_BOOL = 2;
  public static final int ANY_VALUE_INT = 3;
  public static final int ANY_VALUE_DOUBLE = 4;
  public static final int ANY_VALUE_ARRAY = 5;
  public static final int ANY_VALUE_KVLIST = 6;
  public static final int ANY_VALUE_BYTES = 7;
  public static final int ANY_VALUE_STRING_STRINDEX = 8;

  // ArrayValue and KeyValueList
  public static final int ARRAY_VALUE_VALUES = 1;
  public static final int KEY_VALUE_LIST_VALUES = 1;
}
