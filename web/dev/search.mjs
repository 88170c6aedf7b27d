// What the server computes of stored traces, over made-up ones: search, sums of services, differences, tags.
import { resourceAttributes, summary } from "./traces.mjs";

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const UNITS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9 };

export class Refused extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

const failed = (span) => span.status?.code === "STATUS_CODE_ERROR" || span.status?.code === 2;
const statusOf = (span) => (failed(span) ? "error" : span.status?.code === "STATUS_CODE_OK" ? "ok" : "unset");

const words = new WeakMap();

/** `[scope, key, value]` of each attribute that is one word. */
function attributesOf(span) {
  const known = words.get(span);
  if (!known) {
    words.set(span, readAttributes(span));
  }
  return known ?? words.get(span);
}

function readAttributes(span) {
  const own = (span.attributes ?? []).map((entry) => ["span", entry]);
  const resource = resourceAttributes(span.service).map((entry) => ["resource", entry]);
  return [...own, ...resource].flatMap(([scope, { key, value }]) => {
    const word = value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue;
    return word === undefined ? [] : [[scope, key, String(word)]];
  });
}

const has = (span, key, value) => attributesOf(span).some(([, name, word]) => name === key && word === value);

function nanoseconds(name, words) {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ns|us|ms|s|m)$/.exec(words) ?? [];
  if (number === undefined) {
    throw new Refused(`${name} is not a duration: ${words}`, "Write a number with a unit, such as 100ms.");
  }
  return Number(number) * UNITS[unit];
}

/** The little of TraceQL that is needed here: comparisons joined by `&&`. */
function parseQuery(q) {
  const conditions = [];
  let at = 0;
  const fail = (wanted) => {
    throw new Refused(
      `expected ${wanted} at character ${at + 1}`,
      "Example: { status = error && duration > 1s }",
    );
  };
  const take = (pattern, wanted) => {
    at += /^\s*/.exec(q.slice(at))[0].length;
    const found = pattern.exec(q.slice(at));
    if (!found) {
      fail(wanted);
    }
    at += found[0].length;
    return found[0];
  };
  take(/^\{/, "{");
  if (/^\s*\}\s*$/.test(q.slice(at))) {
    return conditions;
  }
  for (;;) {
    const field = take(/^[\w.:-]+/, "a field");
    const operator = take(/^(=|!=|>=|<=|>|<)/, "an operator");
    const value = take(/^("[^"]*"|[\w.]+)/, "a value");
    conditions.push(condition(field, operator, value.replaceAll('"', "")));
    if (take(/^(&&|\})/, "&& or }") === "}") {
      return conditions;
    }
  }
}

function condition(field, operator, value) {
  const compare = { "=": (a) => a === value, "!=": (a) => a !== value };
  if (field === "duration") {
    const limit = nanoseconds("duration", value);
    return (span) => (operator.startsWith(">") ? span.duration > limit : span.duration < limit);
  }
  const test =
    compare[operator] ??
    ((a) => (operator.startsWith(">") ? Number(a) > Number(value) : Number(a) < Number(value)));
  if (field === "status") {
    return (span) => test(statusOf(span));
  }
  if (field === "name") {
    return (span) => test(span.name);
  }
  const key = field.replace(/^(span|resource)\.|^\./, "");
  return (span) => attributesOf(span).some(([, name, word]) => name === key && test(word));
}

/** What all of a query's conditions on a span are, and whether there are any. */
function spanConditions(query) {
  const conditions = query.get("q") ? parseQuery(query.get("q")) : [];
  const add = (name, test) => query.get(name) && conditions.push((span) => test(span, query.get(name)));
  add("service", (span, service) => span.service === service);
  add("name", (span, name) => span.name === name);
  add("status", (span, status) => (status === "failed" ? failed(span) : statusOf(span) === status));
  for (const entry of query.getAll("attribute")) {
    const at = entry.indexOf("=");
    conditions.push((span) => has(span, entry.slice(0, at), entry.slice(at + 1)));
  }
  return conditions;
}

function durationBounds(query) {
  const least = query.get("minDuration");
  const most = query.get("maxDuration");
  return {
    least: least ? nanoseconds("minDuration", least) : 0,
    most: most ? nanoseconds("maxDuration", most) : Infinity,
  };
}

/** Traces that a query finds, with how many of their spans match. */
function find(traces, query) {
  const conditions = spanConditions(query);
  const { least, most } = durationBounds(query);
  return traces.flatMap((built) => {
    const matched = built.spans.filter((span) => conditions.every((test) => test(span))).length;
    const facts = (built.facts ??= summary(built));
    const duration = Number(facts.durationNs);
    return matched > 0 && duration >= least && duration <= most
      ? [{ built, facts: conditions.length > 0 ? { ...facts, matched } : facts }]
      : [];
  });
}

const bySize = (a, b) => Number(b.facts.durationNs) - Number(a.facts.durationNs);
const byAge = (a, b) => (BigInt(a.facts.start) < BigInt(b.facts.start) ? 1 : -1);

/** The answer of `/v1/traces`. */
export function traces(all, query) {
  const found = find(all, query).sort(query.get("sort") === "slowest" ? bySize : byAge);
  const limit = Number(query.get("limit") ?? 100);
  const from = Number(query.get("cursor") ?? 0);
  return {
    traces: found.slice(from, from + limit).map(({ facts }) => facts),
    ...(found.length > from + limit && { next: String(from + limit) }),
  };
}

/** The answer of `/v1/traces/{traceId}/linked-from`. */
export function linkedFrom(all, traceId, query) {
  const limit = Number(query.get("limit") ?? 100);
  const wanted = (link) =>
    link.traceId === traceId && link.spanId === (query.get("spanId") ?? link.spanId);
  const found = all.flatMap((built) =>
    built.spans.flatMap((span) =>
      (span.links ?? []).filter(wanted).map((link) => ({
        traceId: built.traceId,
        spanId: span.id,
        service: span.service,
        name: span.name,
        start: String(built.startNs + BigInt(Math.round(span.start)) + 789n),
        linkedSpanId: link.spanId,
      })),
    ),
  );
  found.sort((a, b) => Number(BigInt(a.start) - BigInt(b.start)));
  return { spans: found.slice(0, limit), truncated: found.length > limit };
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200];

const quantile = (sorted, q) =>
  sorted.length === 0 ? null : String(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]);

function quantiles(durations) {
  const sorted = durations.map(Math.round).sort((a, b) => a - b);
  return { p50Ns: quantile(sorted, 0.5), p95Ns: quantile(sorted, 0.95), p99Ns: quantile(sorted, 0.99) };
}

/** The answer of `/v1/services`. */
export function services(all, start, end) {
  const seconds = Number(end - start) / 1e9;
  const step = BigInt((STEPS_S.find((candidate) => seconds / candidate <= 59) ?? 14_400) * 1e9);
  const from = start - (start % step);
  const count = Number((end - from) / step) + 1;
  const found = new Map();
  for (const built of all) {
    for (const span of built.spans) {
      const service = found.get(span.service) ?? { spanCount: 0, requests: [] };
      found.set(span.service, service);
      service.spanCount++;
      if (span.kind === 2 || span.kind === 5 || span.parent === "") {
        const bucket = Number((built.startNs + BigInt(Math.round(span.start)) - from) / step);
        service.requests.push({ bucket, failed: failed(span), duration: Math.max(0, span.duration) });
      }
    }
  }
  const buckets = (requests, of) =>
    Array.from({ length: count }, (_, i) => of(requests.filter(({ bucket }) => bucket === i)));
  return {
    stepNs: String(step),
    from: String(from),
    services: [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { spanCount, requests }]) => serviceSums(name, spanCount, requests, buckets)),
  };
}

function serviceSums(name, spanCount, requests, buckets) {
  return {
    name,
    spanCount,
    requests: requests.length,
    errors: requests.filter((request) => request.failed).length,
    ...quantiles(requests.map(({ duration }) => duration)),
    series: {
      requests: buckets(requests, (some) => some.length),
      errors: buckets(requests, (some) => some.filter((request) => request.failed).length),
      p95Ns: buckets(requests, (some) => quantiles(some.map(({ duration }) => duration)).p95Ns),
    },
  };
}

/** The answer of `/v1/service-graph`: calls from service to service, and what names a database. */
export function graph(all) {
  const calls = new Map();
  const served = new Map();
  const count = (into, key, span) => into.set(key, [...(into.get(key) ?? []), span]);
  for (const { spans } of all) {
    const byId = new Map(spans.map((span) => [span.id, span]));
    for (const span of spans) {
      const caller = byId.get(span.parent)?.service;
      const system = attributesOf(span).find(([, key]) => key === "db.system")?.[2];
      if (span.kind === 2 || span.kind === 5) {
        count(served, `service:${span.service}`, span);
        if (caller !== undefined && caller !== span.service) {
          count(calls, JSON.stringify([`service:${caller}`, `service:${span.service}`]), span);
        }
      }
      if (system !== undefined) {
        count(calls, JSON.stringify([`service:${span.service}`, `database:${system}`]), span);
      }
    }
  }
  const edges = [...calls].map(([ends, spans]) => {
    const [client, server] = JSON.parse(ends);
    return Object.assign({ client, server, kind: "call" }, callSums(spans));
  });
  const ids = new Set([...served.keys(), ...edges.flatMap(({ client, server }) => [client, server])]);
  return {
    nodes: [...ids].sort().map((id) => {
      const [type, ...name] = id.split(":");
      return Object.assign({ id, name: name.join(":"), type }, callSums(served.get(id) ?? []));
    }),
    edges: edges.sort((a, b) => b.calls - a.calls),
    truncated: false,
  };
}

function callSums(spans) {
  return {
    calls: spans.length,
    errors: spans.filter(failed).length,
    ...quantiles(spans.map(({ duration }) => Math.max(0, duration))),
  };
}

/** The answer of `/v1/operations`. */
export function operations(all, service) {
  const found = new Map();
  for (const span of all.flatMap((built) => built.spans)) {
    if (span.service === service) {
      const key = `${span.kind} ${span.name}`;
      found.set(key, [...(found.get(key) ?? []), span]);
    }
  }
  const list = [...found.values()].map(operationSums);
  return {
    operations: list.sort((a, b) => Number(b.totalNs) - Number(a.totalNs)).slice(0, 200),
    truncated: list.length > 200,
  };
}

function operationSums(spans) {
  return {
    name: spans[0].name,
    kind: KINDS[spans[0].kind] ?? "UNSPECIFIED",
    requests: spans.length,
    errors: spans.filter(failed).length,
    ...quantiles(spans.map((span) => Math.max(0, span.duration))),
    totalNs: String(Math.round(spans.reduce((sum, span) => sum + Math.max(0, span.duration), 0))),
  };
}

const SIDE_MOST = 200;

/** The answer of `/v1/differences`. */
export function differences(all, query) {
  const parted = ["status", "attribute", "q", "minDuration", "maxDuration"].some((name) => query.get(name));
  const within = new URLSearchParams([...query].filter(([name]) => name === "service" || name === "name"));
  const whole = find(all, within).sort(bySize);
  const tenth = Math.max(1, Math.round(whole.length / 10));
  const chosen = new Set((parted ? find(all, query) : whole.slice(0, tenth)).map(({ built }) => built));
  const selected = whole.filter(({ built }) => chosen.has(built)).slice(0, SIDE_MOST);
  // Traces that begin otherwise do something else: all about them would differ.
  const roots = new Set(selected.map(({ facts }) => `${facts.rootService} ${facts.rootName}`));
  const others = whole
    .filter(({ built, facts }) => !chosen.has(built) && roots.has(`${facts.rootService} ${facts.rootName}`))
    .slice(0, SIDE_MOST);
  const counts = { selected: selected.length, others: others.length };
  if (selected.length === 0 || others.length === 0) {
    return { ...counts, attributes: [], operations: [] };
  }
  return {
    ...counts,
    attributes: attributeDifferences(selected, others),
    operations: operationDifferences(selected, others),
  };
}

function attributeDifferences(selected, others) {
  const found = new Map();
  const count = (side, list) => {
    for (const { built } of list) {
      const here = new Set();
      for (const span of built.spans.slice(0, 2_000)) {
        for (const [scope, key, value] of attributesOf(span)) {
          here.add(JSON.stringify({ service: span.service, key, value, scope }));
        }
      }
      for (const entry of here) {
        const counts = found.get(entry) ?? { selected: 0, others: 0 };
        counts[side]++;
        found.set(entry, counts);
      }
    }
  };
  count("selected", selected);
  count("others", others);
  const gap = (entry) => entry.selected / selected.length - entry.others / others.length;
  return [...found]
    .map(([entry, counts]) => Object.assign(JSON.parse(entry), counts))
    .filter((entry) => gap(entry) > 0.02)
    .sort((a, b) => gap(b) - gap(a))
    .slice(0, 30);
}

function selfTimes(built) {
  const covered = new Map();
  for (const span of built.spans) {
    covered.set(span.parent, (covered.get(span.parent) ?? 0) + Math.max(0, span.duration));
  }
  return built.spans.map((span) => Math.max(0, span.duration - (covered.get(span.id) ?? 0)));
}

function operationDifferences(selected, others) {
  const found = new Map();
  const sum = (side, list) => {
    for (const { built } of list) {
      const self = selfTimes(built);
      built.spans.slice(0, 2_000).forEach((span, i) => {
        const key = JSON.stringify({ service: span.service, name: span.name });
        const sums = found.get(key) ?? { selected: [0, 0], others: [0, 0] };
        sums[side][0] += 1 / list.length;
        sums[side][1] += self[i] / list.length;
        found.set(key, sums);
      });
    }
  };
  sum("selected", selected);
  sum("others", others);
  return [...found]
    .map(
      ([
        key,
        {
          selected: [selectedCalls, selectedSelf],
          others: [othersCalls, othersSelf],
        },
      ]) =>
        Object.assign(JSON.parse(key), {
          selectedCalls,
          othersCalls,
          selectedSelfNs: String(Math.round(selectedSelf)),
          othersSelfNs: String(Math.round(othersSelf)),
        }),
    )
    .sort((a, b) => Math.abs(b.selectedSelfNs - b.othersSelfNs) - Math.abs(a.selectedSelfNs - a.othersSelfNs))
    .slice(0, 15);
}

/** The answer of `/api/v2/search/tags`. */
export function tags(all) {
  const scopes = { resource: new Set(), span: new Set() };
  for (const span of all.slice(0, 300).flatMap((built) => built.spans.slice(0, 200))) {
    for (const [scope, key] of attributesOf(span)) {
      scopes[scope].add(key);
    }
  }
  return { scopes: Object.entries(scopes).map(([name, keys]) => ({ name, tags: [...keys].sort() })) };
}

/** The answer of `/api/v2/search/tag/{scope.key}/values`. */
export function tagValues(all, tag) {
  const values = new Set();
  for (const span of all.slice(0, 300).flatMap((built) => built.spans.slice(0, 200))) {
    for (const [scope, key, value] of attributesOf(span)) {
      if (`${scope}.${key}` === tag) {
        values.add(value);
      }
    }
  }
  return { tagValues: [...values].slice(0, 1_000).map((value) => ({ type: "string", value })) };
}
