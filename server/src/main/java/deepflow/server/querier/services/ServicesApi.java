package deepflow.server.querier.services;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.UiApi;
import deepflow.server.storage.SpanReader.TimeRange;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// RED of services and operations for our UI. Times are ns since 1970-01-01 UTC and durations ns,
/// both as decimal texts in answers. `start` and `end` are when spans start, both included; without
/// them it is the last hour.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/services?start&end` | `{"stepNs","from","services":[{"name","spanCount","requests","errors","p50Ns","p95Ns","p99Ns","series":{"requests":[…],"errors":[…],"p95Ns":[…]}}],"truncated","cutBefore"}`, by name |
/// | `GET /v1/operations?service&start&end` | `{"operations":[{"name","kind","requests","errors","p50Ns","p95Ns","p99Ns","totalNs"}],"truncated","cutBefore"}`, the largest total first |
///
/// Quantiles of no requests are null. `cutBefore` is null, or the end of the last day (UTC) in the
/// range of which rules of retention have taken spans: before it, figures are of those alone that
/// rules keep, which may be hardly any but failed ones. Metrics and the service graph still have
/// all.
public final class ServicesApi {

  private static final long HOUR = Duration.ofHours(1).toNanos();

  private final ServiceList services;
  private final OperationList operations;
  private final InstantSource clock;
  private final UiApi ui;

  /// Publishes those lists.
  public ServicesApi(
      ServiceList services, OperationList operations, InstantSource clock, UiApi ui) {
    this.services = services;
    this.operations = operations;
    this.clock = clock;
    this.ui = ui;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v1/services", ui.serve(this::services));
    routes.get("/v1/operations", ui.serve(this::operations));
  }

  private Consumer<JsonGenerator> services(Parameters asked) throws ClickHouseException {
    ServiceList.Found found = services.find(range(asked));
    return json -> {
      nanos(json, "stepNs", found.buckets().stepNanos());
      nanos(json, "from", found.buckets().fromNanos());
      json.writeArrayPropertyStart("services");
      found.services().forEach(service -> write(json, service));
      json.writeEndArray();
      json.writeBooleanProperty("truncated", found.truncated());
      writeCut(json, found.cutBefore());
    };
  }

  private Consumer<JsonGenerator> operations(Parameters asked) throws ClickHouseException {
    List<String> service = asked.texts("service");
    if (service.isEmpty()) {
      throw new RefusedException("service is missing", "add &service=NAME");
    }
    OperationList.Found found = operations.find(service.getFirst(), range(asked));
    return json -> {
      json.writeArrayPropertyStart("operations");
      found.operations().forEach(operation -> write(json, operation));
      json.writeEndArray();
      json.writeBooleanProperty("truncated", found.truncated());
      writeCut(json, found.cutBefore());
    };
  }

  private TimeRange range(Parameters asked) {
    long end = asked.time("end", TimeUnit.MILLISECONDS.toNanos(clock.millis()));
    long start = asked.time("start", Math.max(0, end - HOUR));
    if (start > end) {
      throw new RefusedException("start comes after end", "swap them; without end it is now");
    }
    return new TimeRange(start, end);
  }

  private static void writeCut(JsonGenerator json, OptionalLong cutBefore) {
    if (cutBefore.isPresent()) {
      nanos(json, "cutBefore", cutBefore.getAsLong());
    } else {
      json.writeNullProperty("cutBefore");
    }
  }

  private static void write(JsonGenerator json, ServiceFigures service) {
    json.writeStartObject();
    json.writeStringProperty("name", service.name());
    json.writeNumberProperty("spanCount", service.spanCount());
    write(json, service.requests());
    json.writeObjectPropertyStart("series");
    json.writeArrayPropertyStart("requests");
    service.series().forEach(bucket -> json.writeNumber(bucket.count()));
    json.writeEndArray();
    json.writeArrayPropertyStart("errors");
    service.series().forEach(bucket -> json.writeNumber(bucket.errors()));
    json.writeEndArray();
    json.writeArrayPropertyStart("p95Ns");
    service.series().forEach(bucket -> writeP95(json, bucket.latency()));
    json.writeEndArray();
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, OperationFigures operation) {
    json.writeStartObject();
    json.writeStringProperty("name", operation.name());
    json.writeStringProperty("kind", operation.kind());
    write(json, operation.requests());
    json.writeStringProperty("totalNs", operation.totalNanos().toString());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Requests requests) {
    json.writeNumberProperty("requests", requests.count());
    json.writeNumberProperty("errors", requests.errors());
    Latency latency = requests.latency();
    if (latency == null) {
      json.writeNullProperty("p50Ns");
      json.writeNullProperty("p95Ns");
      json.writeNullProperty("p99Ns");
    } else {
      nanos(json, "p50Ns", latency.p50());
      nanos(json, "p95Ns", latency.p95());
      nanos(json, "p99Ns", latency.p99());
    }
  }

  private static void writeP95(JsonGenerator json, @Nullable Latency latency) {
    if (latency == null) {
      json.writeNull();
    } else {
      json.writeString(Long.toString(latency.p95()));
    }
  }

  private static void nanos(JsonGenerator json, String name, long value) {
    json.writeStringProperty(name, Long.toString(value));
  }
}
