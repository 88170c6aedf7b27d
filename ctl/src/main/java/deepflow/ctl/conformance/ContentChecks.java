package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Check.may;
import static deepflow.ctl.conformance.Check.must;
import static deepflow.ctl.conformance.Check.should;
import static deepflow.ctl.conformance.Transport.EVERY;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// O13, O15 to O20: what requests may hold, in protobuf.
final class ContentChecks {
  private static final int RESOURCES = 200;
  private static final int DEPTH = 10;

  private ContentChecks() {}

  static List<Check> all() {
    return Stream.of(requests(), values(), ids(), oddities()).flatMap(List::stream).toList();
  }

  private static List<Check> requests() {
    return List.of(
        should(
            "O13.1",
            EVERY,
            "takes an empty request",
            Source.FULL_SUCCESS,
            s -> Expect.taken(s.answer(new byte[0]))),
        should(
            "O13.2",
            EVERY,
            "takes envelopes without spans",
            Source.ENVELOPES,
            ContentChecks::emptyEnvelopes),
        must(
            "O19.1",
            EVERY,
            "takes two requests back to back, which are one in protobuf",
            Source.PROTOBUF,
            ContentChecks::concatenated),
        must(
            "O19.2",
            EVERY,
            "takes one trace spread over 200 equal resources",
            Source.TRACE_PROTO,
            ContentChecks::manyResources),
        should(
            "O19.3",
            EVERY,
            "judges every resource, not the first alone",
            Source.TRACE_PROTO,
            ContentChecks::badSpanInTheLast),
        must(
            "O19.4",
            EVERY,
            "takes fields in any order and a resource in two parts",
            Source.PROTOBUF,
            ContentChecks::anyOrder),
        must(
            "O20.1",
            EVERY,
            "takes the same request again",
            Source.DUPLICATES,
            ContentChecks::again));
  }

  private static List<Check> values() {
    return List.of(
        must(
            "O15.1",
            EVERY,
            "takes empty values in attributes everywhere",
            Source.COMMON_PROTO,
            s -> everywhere(s, AnyValue.newBuilder())),
        must(
            "O15.2",
            EVERY,
            "takes bytes in attributes everywhere",
            Source.COMMON_PROTO,
            s -> everywhere(s, AnyValue.newBuilder().setBytesValue(bytes(0, 1, 255)))),
        must(
            "O15.3",
            EVERY,
            "takes arrays of mixed values in attributes everywhere",
            Source.COMMON_PROTO,
            s -> everywhere(s, AnyValue.newBuilder().setArrayValue(mixed()))),
        must(
            "O15.4",
            EVERY,
            "takes values nested ten deep in attributes everywhere",
            Source.COMMON_PROTO,
            s -> everywhere(s, nested(DEPTH))),
        must(
            "O15.5",
            EVERY,
            "takes empty arrays, lists and keys in attributes everywhere",
            Source.COMMON_PROTO,
            ContentChecks::emptyContainers),
        must(
            "O16.1",
            EVERY,
            "doesn't fail over string indexes, which belong to profiles",
            Source.COMMON_PROTO,
            s -> Expect.taken(stringIndexes(s))),
        may(
            "O16.2",
            EVERY,
            "warns the sender of string indexes",
            Source.COMMON_PROTO,
            ContentChecks::warnsOfStringIndexes));
  }

  private static List<Check> ids() {
    return List.of(
        should(
            "O17.1",
            EVERY,
            "doesn't take trace ids of another length than 16 bytes",
            Source.TRACE_PROTO,
            s -> badTraceIds(s, s.traces().id(0), s.traces().id(15), s.traces().id(17))),
        should(
            "O17.2",
            EVERY,
            "doesn't take a trace id of zeros",
            Source.TRACE_PROTO,
            s -> badTraceIds(s, new byte[16])),
        should(
            "O17.3",
            EVERY,
            "doesn't take span ids of another length than 8 bytes",
            Source.TRACE_PROTO,
            s -> badSpanIds(s, s.traces().id(0), s.traces().id(7), s.traces().id(9))),
        should(
            "O17.4",
            EVERY,
            "doesn't take a span id of zeros",
            Source.TRACE_PROTO,
            s -> badSpanIds(s, new byte[8])),
        should(
            "O17.5",
            EVERY,
            "keeps the good spans beside a bad one",
            Source.PARTIAL_SUCCESS,
            ContentChecks::keepsTheGood));
  }

  private static List<Check> oddities() {
    return List.of(
        should(
            "O18.1",
            EVERY,
            "takes duplicate attribute keys",
            Source.COMMON_PROTO,
            ContentChecks::duplicateKeys),
        must(
            "O18.2",
            EVERY,
            "takes flags whose upper bits are set",
            Source.TRACE_PROTO,
            s -> span(s, s.traces().span().setFlags(0xFFFF_FFFF))),
        must(
            "O18.3",
            EVERY,
            "takes fields that it doesn't know, at every depth",
            Source.EVOLUTION,
            ContentChecks::unknownFields),
        must(
            "O18.4",
            EVERY,
            "takes enum values that it doesn't know",
            Source.EVOLUTION,
            ContentChecks::unknownEnums));
  }

  private static Outcome span(Session session, Span.Builder span) throws IOException {
    return Expect.taken(session.answer(Traces.request(span)));
  }

  private static Outcome emptyEnvelopes(Session session) throws IOException {
    ResourceSpans.Builder noSpans = Traces.resourceSpans();
    ResourceSpans.Builder noScopes = Traces.resourceSpans().clearScopeSpans();
    return Expect.taken(
        session.answer(Traces.request(ResourceSpans.newBuilder(), noScopes, noSpans)));
  }

  private static Outcome concatenated(Session session) throws IOException {
    return Expect.taken(
        session.answer(Traces.concat(session.traces().one(), session.traces().one())));
  }

  private static Outcome manyResources(Session session) throws IOException {
    ByteString traceId = ByteString.copyFrom(session.traces().id(16));
    ResourceSpans.Builder[] resources =
        Stream.generate(() -> session.traces().span().setTraceId(traceId))
            .limit(RESOURCES)
            .map(Traces::resourceSpans)
            .toArray(ResourceSpans.Builder[]::new);
    return Expect.taken(session.answer(Traces.request(resources)));
  }

  private static Outcome badSpanInTheLast(Session session) throws IOException {
    Traces traces = session.traces();
    Span.Builder bad = traces.span().setSpanId(ByteString.copyFrom(traces.id(5)));
    return Expect.notTaken(
        session.answer(
            Traces.request(
                ResourceSpans.newBuilder(),
                Traces.resourceSpans(traces.span()),
                Traces.resourceSpans(bad))));
  }

  /// Scopes before their resource, of which one part comes first and another last.
  private static Outcome anyOrder(Session session) throws IOException {
    ResourceSpans whole = Traces.resourceSpans(session.traces().span()).build();
    ResourceSpans scopes = whole.toBuilder().clearResource().build();
    ResourceSpans resource = whole.toBuilder().clearScopeSpans().build();
    ResourceSpans rest =
        ResourceSpans.newBuilder()
            .setResource(Resource.newBuilder().addAttributes(Traces.attribute("part", "2")))
            .build();
    Nesting nesting = new Nesting();
    nesting.before(Traces.concat(resource.toByteArray(), scopes.toByteArray(), rest.toByteArray()));
    nesting.in(1);
    return Expect.taken(session.answer(nesting.toByteArray()));
  }

  private static Outcome again(Session session) throws IOException {
    byte[] request = session.traces().one();
    return Expect.all(Expect.taken(session.answer(request)), Expect.taken(session.answer(request)));
  }

  private static Outcome everywhere(Session session, AnyValue.Builder value) throws IOException {
    return Expect.taken(
        session.answer(session.traces().everywhere(Traces.attribute("conformance", value))));
  }

  private static Outcome emptyContainers(Session session) throws IOException {
    AnyValue.Builder array = AnyValue.newBuilder().setArrayValue(ArrayValue.newBuilder());
    AnyValue.Builder list = AnyValue.newBuilder().setKvlistValue(KeyValueList.newBuilder());
    KeyValue noKey = Traces.attribute("", AnyValue.newBuilder().setBoolValue(false));
    return Expect.all(
        everywhere(session, array),
        everywhere(session, list),
        Expect.taken(session.answer(session.traces().everywhere(noKey))));
  }

  private static ArrayValue.Builder mixed() {
    return ArrayValue.newBuilder()
        .addValues(AnyValue.newBuilder().setStringValue("text"))
        .addValues(AnyValue.newBuilder().setIntValue(-1))
        .addValues(AnyValue.newBuilder().setDoubleValue(Double.NaN))
        .addValues(AnyValue.newBuilder().setBoolValue(true))
        .addValues(AnyValue.newBuilder())
        .addValues(AnyValue.newBuilder().setBytesValue(bytes(1, 2)))
        .addValues(nested(1));
  }

  private static AnyValue.Builder nested(int depth) {
    AnyValue.Builder value = AnyValue.newBuilder().setIntValue(Long.MAX_VALUE);
    for (int i = 0; i < depth; i++) {
      KeyValueList.Builder list =
          KeyValueList.newBuilder().addValues(Traces.attribute("inner", value));
      ArrayValue.Builder array =
          ArrayValue.newBuilder().addValues(AnyValue.newBuilder().setKvlistValue(list));
      value = AnyValue.newBuilder().setArrayValue(array);
    }
    return value;
  }

  private static Answer stringIndexes(Session session) throws IOException {
    KeyValue keyIndex =
        KeyValue.newBuilder()
            .setKeyStrindex(3)
            .setValue(AnyValue.newBuilder().setStringValue("value"))
            .build();
    KeyValue valueIndex = Traces.attribute("key", AnyValue.newBuilder().setStringValueStrindex(4));
    return session.answer(
        Traces.request(session.traces().span().addAttributes(keyIndex).addAttributes(valueIndex)));
  }

  private static Outcome warnsOfStringIndexes(Session session) throws IOException {
    return switch (stringIndexes(session)) {
      case Answer.Partial partial ->
          Expect.that(
              partial.rejectedSpans() == 0 && !partial.message().isBlank(),
              "0 rejected and a message",
              partial);
      case Answer.Full _ -> new Outcome.Skipped("no warning to the sender");
      case Answer.Refused refused -> new Outcome.Failed("success", refused.toString());
    };
  }

  private static Outcome badTraceIds(Session session, byte[]... ids) throws IOException {
    for (byte[] id : ids) {
      Span.Builder span = session.traces().span().setTraceId(ByteString.copyFrom(id));
      Outcome outcome = Expect.notTaken(session.answer(Traces.request(span)));
      if (!(outcome instanceof Outcome.Passed)) {
        return outcome;
      }
    }
    return Outcome.PASSED;
  }

  private static Outcome badSpanIds(Session session, byte[]... ids) throws IOException {
    for (byte[] id : ids) {
      Span.Builder span = session.traces().span().setSpanId(ByteString.copyFrom(id));
      Outcome outcome = Expect.notTaken(session.answer(Traces.request(span)));
      if (!(outcome instanceof Outcome.Passed)) {
        return outcome;
      }
    }
    return Outcome.PASSED;
  }

  private static Outcome keepsTheGood(Session session) throws IOException {
    Traces traces = session.traces();
    Span.Builder bad = traces.span().setTraceId(ByteString.copyFrom(traces.id(15)));
    Answer answer = session.answer(Traces.request(traces.span(), bad, traces.span()));
    return Expect.that(answer instanceof Answer.Partial, "partial success", answer);
  }

  private static Outcome duplicateKeys(Session session) throws IOException {
    Span.Builder span =
        session
            .traces()
            .span()
            .addAttributes(Traces.attribute("key", "first"))
            .addAttributes(Traces.attribute("key", "second"));
    ResourceSpans.Builder resource = Traces.resourceSpans(span);
    resource.getResourceBuilder().addAttributes(Traces.attribute("service.name", "second"));
    return Expect.taken(session.answer(Traces.request(resource)));
  }

  private static Outcome unknownFields(Session session) throws IOException {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(900, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
            .addField(901, UnknownFieldSet.Field.newBuilder().addFixed64(7).build())
            .addField(902, UnknownFieldSet.Field.newBuilder().addFixed32(7).build())
            .addField(903, UnknownFieldSet.Field.newBuilder().addLengthDelimited(bytes(9)).build())
            .build();
    Span.Builder span =
        session
            .traces()
            .span()
            .setUnknownFields(unknown)
            .addAttributes(Traces.attribute("key", "value").toBuilder().setUnknownFields(unknown))
            .addEvents(Span.Event.newBuilder().setName("event").setUnknownFields(unknown));
    ResourceSpans.Builder resource = Traces.resourceSpans(span).setUnknownFields(unknown);
    resource.getResourceBuilder().setUnknownFields(unknown);
    ScopeSpans.Builder scope = resource.getScopeSpansBuilder(0);
    scope.setUnknownFields(unknown).getScopeBuilder().setUnknownFields(unknown);
    byte[] request = Traces.request(resource);
    return Expect.taken(session.answer(Traces.concat(request, unknown.toByteArray())));
  }

  private static Outcome unknownEnums(Session session) throws IOException {
    Span.Builder span = session.traces().span().setKindValue(99);
    span.getStatusBuilder().setCodeValue(77);
    return span(session, span);
  }

  private static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    Arrays.setAll(values, i -> bytes[i] = (byte) values[i]);
    return ByteString.copyFrom(bytes);
  }
}
