// Fulfilment: takes orders from the queue in batches and packs them.
//
// A batch is a trace of its own, with a link to the message of each order in it; the packing of an order belongs to
// the order's trace. That is what the semantic conventions for messaging say of batches.
//
// How it speaks to the demo stands in package-info.java of deepflow.demo.service.
'use strict';

const { BaggageSpanProcessor, ALLOW_ALL_BAGGAGE_KEYS } = require('@opentelemetry/baggage-span-processor');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { detectResources, envDetector, hostDetector, processDetector } = require('@opentelemetry/resources');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const provider = new NodeTracerProvider({
  resource: detectResources({ detectors: [envDetector, hostDetector, processDetector] }),
  spanProcessors: [
    new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS),
    new BatchSpanProcessor(new OTLPTraceExporter()),
  ],
});
provider.register();
registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });

// Behind the instrumentation, which takes hold of what is loaded after it.
const http = require('node:http');
const readline = require('node:readline');
const rhea = require('rhea');
const { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = require('@opentelemetry/api');

const QUEUE = 'fulfilment';
const BATCH_MILLIS = 700;
const CONVENTIONS = {
  'messaging.system': 'activemq',
  'messaging.destination.name': QUEUE,
};

const tracer = trace.getTracer('deepflow.demo.fulfilment');
const faults = (process.env.SHOP_FAULTS || '')
  .split(';')
  .filter((fault) => fault !== '')
  .map((fault) => fault.split(' '))
  .map(([kind, attribute, value]) => ({ kind, attribute, value }));

function strikes(kind) {
  const baggage = propagation.getActiveBaggage();
  return faults.find(
    (fault) => fault.kind === kind && baggage?.getEntry(fault.attribute)?.value === fault.value,
  );
}

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
const around = (millis) => millis * Math.exp((Math.random() + Math.random() + Math.random() - 1.5) * 0.8);

// Runs `work` in a span that tells when it fails.
function inSpan(name, options, parent, work) {
  return tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work(span);
    } catch (failure) {
      span.recordException(failure);
      span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
      throw failure;
    } finally {
      span.end();
    }
  });
}

function pick(inventory, order) {
  return new Promise((resolve, reject) => {
    const request = http.request(`http://${inventory}/pick?sku=${encodeURIComponent(order.sku)}`, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode < 500 ? resolve() : reject(new Error(`inventory answered ${response.statusCode}`)),
      );
    });
    request.setTimeout(10_000, () => request.destroy(new Error('inventory did not answer within 10 s')));
    request.on('error', reject);
    request.end();
  });
}

function pack(inventory, order) {
  return inSpan('pack parcel', { attributes: { 'parcel.items': order.items } }, context.active(), async () => {
    await pause(around(12));
    if (strikes('SLOW')) {
      await pause(400 + Math.random() * 500);
    }
    const broken = strikes('ERROR');
    if (broken) {
      throw new Error(`no packing rule for ${broken.attribute} '${broken.value}'`);
    }
    await pick(inventory, order);
  });
}

function sent(delivery) {
  return propagation.extract(ROOT_CONTEXT, delivery.message.application_properties || {});
}

function links(batch) {
  return batch
    .map((delivery) => trace.getSpanContext(sent(delivery)))
    .filter((producer) => producer !== undefined)
    .map((producer) => ({ context: producer }));
}

async function processOne(inventory, delivery, received) {
  const message = sent(delivery);
  const options = {
    kind: SpanKind.CONSUMER,
    links: [...links([delivery]), { context: received, attributes: { 'shop.link': 'batch' } }],
    attributes: { ...CONVENTIONS, 'messaging.operation.type': 'process', 'messaging.operation.name': 'process' },
  };
  const order = JSON.parse(delivery.message.body);
  await inSpan(`process ${QUEUE}`, options, message, () => pack(inventory, order)).catch(() => {});
  delivery.delivery.accept();
}

async function processBatch(inventory, batch) {
  const options = {
    kind: SpanKind.CONSUMER,
    links: links(batch),
    attributes: {
      ...CONVENTIONS,
      'messaging.operation.type': 'receive',
      'messaging.operation.name': 'receive',
      'messaging.batch.message_count': batch.length,
    },
  };
  const span = tracer.startSpan(`receive ${QUEUE}`, options, ROOT_CONTEXT);
  span.end();
  await Promise.all(batch.map((delivery) => processOne(inventory, delivery, span.spanContext())));
}

function work({ inventory, queue }) {
  const [host, port] = queue.split(':');
  let waiting = [];
  const connection = rhea.connect({ host, port: Number(port), username: 'fulfilment' });
  connection.open_receiver({ source: QUEUE, credit_window: 100, autoaccept: false });
  rhea.on('message', (delivery) => waiting.push({ message: delivery.message, delivery: delivery.delivery }));
  setInterval(() => {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) {
      processBatch(inventory, batch).catch((failure) => console.error(failure));
    }
  }, BATCH_MILLIS);
}

function peers(line) {
  return Object.fromEntries(line.trim().split(' ').slice(1).map((peer) => peer.split('=')));
}

process.on('SIGINT', () => {}); // a Ctrl-C in the terminal is the demo's; it then closes our input
const input = readline.createInterface({ input: process.stdin });
input.once('line', (line) => work(peers(line)));
input.on('close', () => provider.shutdown().finally(() => process.exit(0)));
console.log('ready');
