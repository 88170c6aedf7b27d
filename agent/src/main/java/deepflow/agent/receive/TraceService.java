package deepflow.agent.receive;

import com.linecorp.armeria.common.ExchangeType;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// OTLP's trace service on every port: HTTP with protobuf or JSON, and gRPC, told apart by
/// Content-Type. Unknown paths and methods end here too, so that they get an answer that OTLP
/// knows.
final class TraceService implements HttpService {
  static final String GRPC_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  static final String TRACES_ONLY =
      "takes traces only: set OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none";
  static final String TURNED_OFF =
      "the configuration of this agent's group turns traces off (inputs.integration): send them"
          + " to another agent, or have it turned on";

  private static final Logger log = LoggerFactory.getLogger(TraceService.class);
  private static final Duration RETRY_AFTER_STOP = Duration.ofSeconds(2);
  private static final Duration RETRY_AFTER_BUG = Duration.ofSeconds(30);

  /// How many times its size a compressed request is expected to be.
  private static final int EXPANDED = 5;

  private final TraceIntake intake;
  private final InFlight inFlight;
  private final ReceiveMetrics metrics;
  private final int bodyBytesMax;
  private volatile IntakeRules rules;
  private final RefusalLog refusals = new RefusalLog(System::nanoTime);
  private volatile boolean stopping;

  TraceService(
      TraceIntake intake,
      InFlight inFlight,
      ReceiveMetrics metrics,
      int bodyBytesMax,
      IntakeRules rules) {
    this.intake = intake;
    this.inFlight = inFlight;
    this.metrics = metrics;
    this.bodyBytesMax = bodyBytesMax;
    this.rules = rules;
    intake.obey(rules);
  }

  /// Holds for requests whose headers come from now on.
  void obey(IntakeRules newRules) {
    rules = newRules;
    intake.obey(newRules);
  }

  /// From now on every new request is told to come back.
  void stop() {
    stopping = true;
  }

  @Override
  public ExchangeType exchangeType(RoutingContext context) {
    return ExchangeType.REQUEST_STREAMING;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    long start = System.nanoTime();
    Dialect dialect = Dialect.forError(request.headers());
    InFlight.Share share = inFlight.open();
    CompletableFuture<Answer> answer;
    try {
      answer = answer(context, request, share);
    } catch (NotTakenException e) {
      answer = CompletableFuture.completedFuture(refused(e, dialect));
    }
    return HttpResponse.of(
        answer.handleAsync(
            (value, failure) -> {
              share.close();
              metrics.answered(dialect, System.nanoTime() - start);
              Answer given = value == null ? failed(failure, dialect) : value;
              refusals.answered(given, context.remoteAddress());
              return Answers.of(given, dialect);
            },
            context.eventLoop()));
  }

  private CompletableFuture<Answer> answer(
      ServiceRequestContext context, HttpRequest request, InFlight.Share share)
      throws NotTakenException {
    Dialect dialect = route(context.path(), request.headers());
    if (stopping) {
      throw NotTakenException.of(
          new Answer.Busy(RETRY_AFTER_STOP, "the agent is stopping or starting again"));
    }
    IntakeRules now = rules;
    if (!now.on()) {
      throw NotTakenException.refused(Refusal.TURNED_OFF, TURNED_OFF);
    }
    Coding coding = coding(request.headers(), dialect);
    int bytesMax = now.requestBytesMax(bodyBytesMax);
    int frame = dialect == Dialect.GRPC ? GrpcFrame.HEADER_BYTES : 0;
    return share
        .enter(
            expectedBytes(request.headers(), dialect, coding),
            context.whenRequestCancelling(),
            context.eventLoop())
        .thenCompose(_ -> BodyReader.read(context, request, share, bytesMax, frame))
        .thenCompose(body -> take(context, body, dialect, coding, bytesMax, share));
  }

  /// What a request is expected to hold with all its copies; -1 when it doesn't say how long it is.
  private static long expectedBytes(RequestHeaders headers, Dialect dialect, Coding coding) {
    long length = headers.contentLength();
    int copies = dialect == Dialect.HTTP_JSON ? 3 : 2;
    return length < 0 ? -1 : length * (coding == Coding.IDENTITY ? copies : EXPANDED * copies);
  }

  private CompletableFuture<Answer> take(
      ServiceRequestContext context,
      Bytes body,
      Dialect dialect,
      Coding coding,
      int bytesMax,
      InFlight.Share share) {
    try {
      Bytes sent =
          dialect == Dialect.GRPC
              ? GrpcFrame.message(body, coding, bytesMax, share)
              : coding.decode(body, bytesMax, share);
      return intake.take(sent, dialect, PeerAddress.of(context.remoteAddress()), share);
    } catch (NotTakenException e) {
      return CompletableFuture.completedFuture(refused(e, dialect));
    }
  }

  /// Tells which dialect a request to this path is in, or why there is none.
  private static Dialect route(String path, RequestHeaders headers) throws NotTakenException {
    Dialect dialect = Dialect.of(headers);
    return switch (path) {
      case GRPC_EXPORT -> grpc(post(headers, dialect));
      case "/v1/traces", "/api/v1/otel/trace" ->
          post(headers, dialect == Dialect.GRPC ? unknownPath(path, dialect) : dialect);
      default -> unknownPath(path, dialect);
    };
  }

  private static Dialect post(RequestHeaders headers, @Nullable Dialect dialect)
      throws NotTakenException {
    if (headers.method() != HttpMethod.POST) {
      throw NotTakenException.refused(
          Refusal.WRONG_METHOD, headers.method() + " is not POST, which traces are sent with");
    }
    if (dialect == null) {
      String type = headers.get(HttpHeaderNames.CONTENT_TYPE, "missing");
      throw NotTakenException.refused(
          Refusal.UNKNOWN_TYPE,
          "Content-Type is "
              + shortened(type)
              + ", but OTLP has application/x-protobuf, application/json, and application/grpc");
    }
    return dialect;
  }

  private static Dialect grpc(Dialect dialect) throws NotTakenException {
    if (dialect != Dialect.GRPC) {
      throw NotTakenException.refused(
          Refusal.UNKNOWN_TYPE,
          "this path is gRPC's: send " + dialect.mediaType() + " to /v1/traces");
    }
    return dialect;
  }

  private static Dialect unknownPath(String path, @Nullable Dialect dialect)
      throws NotTakenException {
    boolean otherSignal =
        switch (path) {
          case "/v1/metrics",
              "/v1/logs",
              "/v1development/profiles",
              "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
              "/opentelemetry.proto.collector.logs.v1.LogsService/Export" ->
              true;
          default -> false;
        };
    String what = dialect == Dialect.GRPC ? "no method " : "no path ";
    throw NotTakenException.refused(
        Refusal.NOT_FOUND, otherSignal ? TRACES_ONLY : what + shortened(path));
  }

  private static Coding coding(RequestHeaders headers, Dialect dialect) throws NotTakenException {
    String name =
        dialect == Dialect.GRPC
            ? headers.get("grpc-encoding", "")
            : headers.get(HttpHeaderNames.CONTENT_ENCODING, "");
    Coding coding = Coding.of(name);
    if (coding == null) {
      throw NotTakenException.refused(
          Refusal.UNKNOWN_ENCODING,
          "encoding " + shortened(name) + " is unknown; known are " + Coding.KNOWN);
    }
    return coding;
  }

  /// Of a request whose spans nobody could count; the intake counts those of others.
  private Answer refused(NotTakenException e, Dialect dialect) {
    switch (e.answer()) {
      case Answer.Refused refused -> {
        metrics.refused(dialect, refused.refusal());
        if (refused.refusal().isOfTraces()) {
          intake.refusedRequest();
        }
      }
      case Answer.Busy _ -> metrics.request(dialect, ReceiveMetrics.Outcome.BUSY);
      case Answer.Taken _ -> throw new IllegalStateException("taken is no exception", e);
    }
    return e.answer();
  }

  private Answer failed(@Nullable Throwable failure, Dialect dialect) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof NotTakenException e) {
      return refused(e, dialect);
    }
    if (cause instanceof SenderGoneException gone) {
      metrics.request(dialect, ReceiveMetrics.Outcome.GONE);
      return new Answer.Busy(RETRY_AFTER_STOP, String.valueOf(gone.getMessage()));
    }
    log.error("A request could not be handled because of a bug", cause);
    metrics.request(dialect, ReceiveMetrics.Outcome.FAILED);
    return new Answer.Busy(RETRY_AFTER_BUG, "the agent failed on this request; see its log");
  }

  /// What a sender wrote, cut so that an answer can't grow with it.
  private static String shortened(String text) {
    return text.length() > 100 ? text.substring(0, 100) + "…" : text;
  }
}
