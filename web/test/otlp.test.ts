import { describe, expect, it } from "vitest";
import { MalformedTraceError, eventOffsets, parseId, parseTrace, spanDetails } from "../src/otlp/trace";
import { parseAttributes, parseValue, storedText, valueText } from "../src/otlp/value";
import { START, answerOf, base64, traceOf } from "./traces";

describe("an answer with a trace", () => {
  const resourceSpans = answerOf([{ id: "1" }]).trace.resourceSpans;

  it.each([
    ["Tempo v2, resourceSpans", { trace: { resourceSpans } }],
    ["Tempo v2, batches", { trace: { batches: resourceSpans } }],
    ["Tempo v1, batches", { batches: resourceSpans }],
    ["OTLP/JSON, resourceSpans", { resourceSpans }],
  ])("is read as %s", (_name, answer) => {
    const trace = parseTrace(answer);

    expect(trace.size).toBe(1);
    expect(trace.traceId).toBe("0af7651916cd43dd8448eb211c80319c");
  });

  it.each([[null], [[]], ["text"], [{}], [{ traces: [] }], [{ resourceSpans: {} }]])(
    "refuses %j",
    (answer) => {
      expect(() => parseTrace(answer)).toThrow(MalformedTraceError);
    },
  );

  it("may have no spans at all", () => {
    expect(parseTrace({ trace: {} }).size).toBe(0);
    expect(parseTrace({ trace: { batches: [] } }).durationNs).toBe(0);
  });

  it("says when it is only a part", () => {
    const trace = parseTrace({ trace: { resourceSpans }, status: "PARTIAL", message: "cut at 50 MB" });

    expect(trace.partial).toBe(true);
    expect(trace.partialReason).toBe("cut at 50 MB");
  });

  it("survives every field having a wrong type", () => {
    const wrong = {
      spanId: 5,
      parentSpanId: {},
      name: [],
      kind: {},
      startTimeUnixNano: {},
      endTimeUnixNano: null,
      status: 3,
      events: "x",
      links: [7],
      attributes: {},
    };
    const trace = parseTrace({
      batches: [{ resource: 5, scopeSpans: [{ scope: "x", spans: [wrong, null] }] }, null],
    });

    expect(trace.size).toBe(1);
    expect(trace.services).toEqual([""]);
    expect(spanDetails(trace, 0)).toMatchObject({
      attributes: [],
      events: [],
      links: [],
      startNs: 0n,
      kind: "UNSPECIFIED",
    });
  });
});

describe("ids", () => {
  it.each([
    [base64("0af7651916cd43dd8448eb211c80319c"), "0af7651916cd43dd8448eb211c80319c"],
    [base64("b7ad6b7169203331"), "b7ad6b7169203331"],
    [base64("fbefbeffbefbefbe"), "fbefbeffbefbefbe"],
    ["0AF7651916CD43DD8448EB211C80319C", "0af7651916cd43dd8448eb211c80319c"],
    ["b7ad6b7169203331", "b7ad6b7169203331"],
    ["-_-_-_-_-_8", "fbffbffbffbffbff"],
    ["", ""],
    ["0000000000000000", ""],
    [base64("0000000000000000"), ""],
    ["???", ""],
    [undefined, ""],
  ])("%s is %s in hex", (id, hex) => {
    expect(parseId(id)).toBe(hex);
  });
});

describe("times", () => {
  it("keep every nanosecond", () => {
    const trace = traceOf([
      { id: "1", start: 0, duration: 1_000_000_007 },
      { id: "2", parent: "1", start: 3, duration: 1 },
    ]);

    expect(trace.startNs).toBe(START);
    expect(trace.start[1]).toBe(3);
    expect(trace.duration[0]).toBe(1_000_000_007);
    expect(trace.durationNs).toBe(1_000_000_007);
    expect(spanDetails(trace, 1).endNs).toBe(START + 4n);
  });

  it("of a span that ends before it starts have the duration 0, and the details keep the truth", () => {
    const trace = traceOf([{ id: "1", duration: -5 }]);

    expect(trace.duration[0]).toBe(0);
    expect(spanDetails(trace, 0).endNs - spanDetails(trace, 0).startNs).toBe(-5n);
  });

  it("of a span without a start do not stretch the trace back to 1970", () => {
    const answer = answerOf([{ id: "1", duration: 100 }, { id: "2" }]);
    const lost = answer.trace.resourceSpans[1]?.scopeSpans[0]?.spans[0];
    Object.assign(lost ?? {}, { startTimeUnixNano: "0" });
    const trace = parseTrace(answer);

    expect(trace.startNs).toBe(START);
    expect(trace.start[1]).toBe(0);
    expect(trace.durationNs).toBe(100);
  });
});

describe("values", () => {
  it.each([
    [{ stringValue: "a" }, { type: "string", value: "a" }, "a"],
    [{ stringValue: "" }, { type: "string", value: "" }, ""],
    [{ intValue: "9007199254740993" }, { type: "int", value: 9_007_199_254_740_993n }, "9007199254740993"],
    [{ intValue: "-9223372036854775808" }, { type: "int", value: -(2n ** 63n) }, "-9223372036854775808"],
    [{ intValue: 7 }, { type: "int", value: 7n }, "7"],
    [{ doubleValue: 1 }, { type: "double", value: 1 }, "1.0"],
    [{ doubleValue: -0 }, { type: "double", value: -0 }, "-0.0"],
    [{ doubleValue: 0.1 }, { type: "double", value: 0.1 }, "0.1"],
    [{ doubleValue: "NaN" }, { type: "double", value: Number.NaN }, "NaN"],
    [{ doubleValue: "-Infinity" }, { type: "double", value: -Infinity }, "-Infinity"],
    [{ boolValue: false }, { type: "bool", value: false }, "false"],
    [
      { bytesValue: "3q2+7w==" },
      { type: "bytes", value: new Uint8Array([0xde, 0xad, 0xbe, 0xef]) },
      "deadbeef",
    ],
    [{ arrayValue: {} }, { type: "array", value: [] }, "[]"],
    [
      { kvlistValue: { values: [{ key: "k", value: { intValue: "1" } }] } },
      { type: "kvlist", value: [{ key: "k", value: { type: "int", value: 1n } }] },
      "{k: 1}",
    ],
    [{}, { type: "empty" }, ""],
    [undefined, { type: "empty" }, ""],
  ])("%j keeps its type", (json, value, text) => {
    expect(parseValue(json)).toEqual(value);
    expect(valueText(parseValue(json))).toBe(text);
  });

  it.each([
    [{ doubleValue: 5 }, "5.0"],
    [{ doubleValue: -0 }, "-0.0"],
    [{ doubleValue: 0.1 }, "0.1"],
    [{ doubleValue: 0.001 }, "0.001"],
    [{ doubleValue: 1e-4 }, "1.0E-4"],
    [{ doubleValue: 0.000_999_9 }, "9.999E-4"],
    [{ doubleValue: 9_999_999.5 }, "9999999.5"],
    [{ doubleValue: 1e7 }, "1.0E7"],
    [{ doubleValue: -12_345_678.25 }, "-1.234567825E7"],
    [{ doubleValue: 1e21 }, "1.0E21"],
    [{ doubleValue: 2e23 }, "2.0E23"],
    [{ doubleValue: Number.MAX_VALUE }, "1.7976931348623157E308"],
    [{ doubleValue: Number.MIN_VALUE }, "4.9E-324"],
    [{ doubleValue: "NaN" }, "NaN"],
    [{ doubleValue: "Infinity" }, "Infinity"],
    [{ doubleValue: "-Infinity" }, "-Infinity"],
    [{ intValue: "10000000" }, "10000000"],
    [{ boolValue: true }, "true"],
    [{ stringValue: " 1e7 " }, " 1e7 "],
  ])("%j is asked for as the server's Double.toString writes it: %j", (json, text) => {
    expect(storedText(parseValue(json))).toBe(text);
  });

  it("nest to any depth that the agent lets through", () => {
    let json: unknown = { stringValue: "deep" };
    for (let depth = 0; depth < 64; depth++) {
      json =
        depth % 2 === 0
          ? { arrayValue: { values: [json] } }
          : { kvlistValue: { values: [{ key: "k", value: json }] } };
    }

    expect(valueText(parseValue(json))).toContain("deep");
  });

  it("that nest without end do not break the page", () => {
    let json: unknown = {};
    for (let depth = 0; depth < 20_000; depth++) {
      json = { arrayValue: { values: [json] } };
    }

    expect(valueText(parseValue(json))).toMatch(/^\[+\]+$/);
  });

  it("of a repeated key are all kept, in order", () => {
    const attributes = parseAttributes([
      { key: "k", value: { stringValue: "1" } },
      { key: "a", value: {} },
      { key: "k", value: { stringValue: "2" } },
    ]);

    expect(attributes.map(({ key, value }) => key + valueText(value))).toEqual(["k1", "a", "k2"]);
  });
});

describe("details of a span", () => {
  const span = {
    traceId: base64("0af7651916cd43dd8448eb211c80319c"),
    spanId: base64("b7ad6b7169203331"),
    traceState: "vendor=1",
    flags: 257,
    name: "n",
    kind: 9,
    startTimeUnixNano: "100",
    endTimeUnixNano: "250",
    droppedAttributesCount: 1,
    events: [
      {
        timeUnixNano: "150",
        name: "e",
        attributes: [{ key: "k", value: { boolValue: true } }],
        droppedAttributesCount: 2,
      },
    ],
    droppedEventsCount: 3,
    links: [
      {
        traceId: base64("4bf92f3577b34da6a3ce929d0e0e4736"),
        spanId: base64("00f067aa0ba902b7"),
        traceState: "l=1",
        flags: 1,
        droppedAttributesCount: 4,
      },
    ],
    droppedLinksCount: 5,
    status: { code: 2, message: "broken" },
  };
  const trace = parseTrace({
    appHostIpAdded: [1],
    resourceSpans: [
      null,
      {
        resource: {
          attributes: [{ key: "app.host.ip", value: { stringValue: "10.0.0.1" } }],
          droppedAttributesCount: 6,
        },
        schemaUrl: "https://r",
        scopeSpans: [
          {
            scope: { name: "s", version: "1", droppedAttributesCount: 7 },
            schemaUrl: "https://s",
            spans: [span],
          },
        ],
      },
    ],
  });

  it("hold everything that OTLP knows", () => {
    expect(spanDetails(trace, 0)).toMatchObject({
      startNs: 100n,
      endNs: 250n,
      kind: "9",
      status: { code: "ERROR", message: "broken" },
      traceState: "vendor=1",
      flags: 257,
      droppedAttributes: 1,
      events: [
        {
          timeNs: 150n,
          name: "e",
          droppedAttributes: 2,
          attributes: [{ key: "k", value: { type: "bool", value: true } }],
        },
      ],
      droppedEvents: 3,
      links: [
        {
          traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
          spanId: "00f067aa0ba902b7",
          traceState: "l=1",
          flags: 1,
          droppedAttributes: 4,
        },
      ],
      droppedLinks: 5,
      resource: { droppedAttributes: 6, schemaUrl: "https://r", hostIpAdded: true },
      scope: { name: "s", version: "1", droppedAttributes: 7, schemaUrl: "https://s" },
    });
    expect(trace.error[0]).toBe(1);
    expect(eventOffsets(trace, 0)).toEqual([50]);
  });

  it("do not call the host's address the agent's when nobody says so", () => {
    expect(spanDetails(traceOf([{ id: "1" }]), 0).resource.hostIpAdded).toBe(false);
  });
});
