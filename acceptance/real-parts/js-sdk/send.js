// Sends a parent and a child by the JavaScript SDK as OTLP/JSON, and prints the trace id.
// Arguments: the endpoint, path included, the compression, and optionally the address of this host to send from.
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [url, compression, localAddress] = process.argv.slice(2);
const exporter = new OTLPTraceExporter({ url, compression, httpAgentOptions: { keepAlive: true, localAddress } });
const results = [];
const recording = {
  export: (spans, done) => exporter.export(spans, (result) => { results.push(result); done(result); }),
  shutdown: () => exporter.shutdown(),
  forceFlush: () => exporter.forceFlush(),
};
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": "js-sdk" }),
  spanProcessors: [new SimpleSpanProcessor(recording)],
});
const tracer = provider.getTracer("js", "3.1");
const parent = tracer.startSpan("parent", { kind: SpanKind.PRODUCER }, ROOT_CONTEXT);
const child = tracer.startSpan(
  "child",
  {
    kind: SpanKind.CONSUMER,
    links: [{ context: parent.spanContext(), attributes: { link: "yes" } }],
    attributes: {
      text: "три книги",
      whole: -9007199254740991,
      broken: 5e-324,
      truth: true,
      numbers: [1, -1],
    },
  },
  trace.setSpan(context.active(), parent),
);
child.addEvent("happened", { attempt: 2 });
child.setStatus({ code: SpanStatusCode.ERROR, message: "on purpose" });
child.end();
parent.end();
await provider.shutdown();
for (const { code, error } of results) {
  if (code !== 0) {
    console.error(error);
    process.exit(1);
  }
}
if (results.length !== 2) {
  console.error(`${results.length} exports instead of 2`);
  process.exit(1);
}
console.log(parent.spanContext().traceId);
