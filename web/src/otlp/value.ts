/** One OTLP AnyValue with its type kept: an int is not a double, and nothing is not the empty string. */
export type Value =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "bytes"; readonly value: Uint8Array }
  | { readonly type: "array"; readonly value: readonly Value[] }
  | { readonly type: "kvlist"; readonly value: readonly Attribute[] }
  | { readonly type: "empty" };

export type ValueType = Value["type"];

export interface Attribute {
  readonly key: string;
  readonly value: Value;
}

const EMPTY: Value = { type: "empty" };

/** Deeper values are shown as empty: the agent refuses them, so only a broken answer has them. */
const DEPTH_MAX = 100;

/** Any JSON object, before one knows what it holds. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

export function objects(json: unknown): readonly Json[] {
  return Array.isArray(json) ? json.filter(isObject) : [];
}

export function text(json: unknown): string {
  return typeof json === "string" ? json : "";
}

/** A count or bit field of 32 bits; JSON may carry it as a number or as a string. */
export function uint32(json: unknown): number {
  const number = typeof json === "string" ? Number(json) : json;
  return typeof number === "number" && Number.isFinite(number) ? number : 0;
}

/** A 64-bit integer; exact when it comes as a string, which is what OTLP/JSON prescribes. */
export function bigint(json: unknown): bigint {
  if (typeof json === "string" && /^[-+]?\d+$/.test(json)) {
    return BigInt(json);
  }
  return typeof json === "number" && Number.isFinite(json) ? BigInt(Math.trunc(json)) : 0n;
}

function double(json: unknown): number {
  return typeof json === "number" ? json : Number(text(json));
}

/** Base64, plain or URL-safe, with or without padding. Text that is neither gives no bytes. */
export function base64(json: unknown): Uint8Array {
  const plain = text(json).replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  try {
    return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes: Uint8Array): string {
  let digits = "";
  for (const byte of bytes) {
    digits += HEX[byte];
  }
  return digits;
}

/** Value of each base64 character by its code; -1 is none. Both alphabets, the plain and the URL-safe one. */
const SIX_BITS = new Int8Array(128).fill(-1);
for (const [value, character] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries()) {
  SIX_BITS[character.charCodeAt(0)] = value;
}
SIX_BITS["-".charCodeAt(0)] = 62;
SIX_BITS["_".charCodeAt(0)] = 63;

/** Base64 straight to hex: a trace of 100,000 spans has 300,000 ids. Text that is not base64 gives "". */
export function base64ToHex(text: string): string {
  let digits = "";
  let bits = 0;
  let held = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3d) {
      break;
    }
    const value = SIX_BITS[code] ?? -1;
    if (value < 0) {
      return "";
    }
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      digits += HEX[(bits >> held) & 0xff];
      bits &= (1 << held) - 1;
    }
  }
  return digits;
}

/** Reads `{"stringValue": …}` and its kin. A value of an unknown kind is empty. */
export function parseValue(json: unknown, depth = 0): Value {
  if (!isObject(json) || depth > DEPTH_MAX) {
    return EMPTY;
  }
  if ("stringValue" in json) {
    return { type: "string", value: text(json["stringValue"]) };
  }
  if ("intValue" in json) {
    return { type: "int", value: bigint(json["intValue"]) };
  }
  if ("doubleValue" in json) {
    return { type: "double", value: double(json["doubleValue"]) };
  }
  if ("boolValue" in json) {
    return { type: "bool", value: json["boolValue"] === true };
  }
  if ("bytesValue" in json) {
    return { type: "bytes", value: base64(json["bytesValue"]) };
  }
  return parseNested(json, depth);
}

function parseNested(json: Json, depth: number): Value {
  const list = json["arrayValue"];
  if (list !== undefined) {
    const values = isObject(list) && Array.isArray(list["values"]) ? list["values"] : [];
    return { type: "array", value: values.map((value) => parseValue(value, depth + 1)) };
  }
  const entries = json["kvlistValue"];
  if (entries !== undefined) {
    return { type: "kvlist", value: isObject(entries) ? parseAttributes(entries["values"], depth + 1) : [] };
  }
  return EMPTY;
}

/** Reads a list of `{"key", "value"}` in the sender's order; repeated keys are all kept. */
export function parseAttributes(json: unknown, depth = 0): readonly Attribute[] {
  return objects(json).map((entry) => ({
    key: text(entry["key"]),
    value: parseValue(entry["value"], depth),
  }));
}

/** The value as one line of text: what search looks at and what the copy button gives. */
export function valueText(value: Value): string {
  switch (value.type) {
    case "string":
      return value.value;
    case "int":
    case "bool":
      return String(value.value);
    case "double":
      return doubleText(value.value);
    case "bytes":
      return hex(value.value);
    case "array":
      return `[${value.value.map(valueText).join(", ")}]`;
    case "kvlist":
      return `{${value.value.map((entry) => `${entry.key}: ${valueText(entry.value)}`).join(", ")}}`;
    case "empty":
      return "";
  }
}

/** A double keeps its point, so that 1.0 does not look like the integer 1. */
function doubleText(value: number): string {
  if (Object.is(value, -0)) {
    return "-0.0";
  }
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}

/** A scalar as the server keeps it. A filter must have these very letters: it compares texts, whatever their type. */
export function storedText(value: Value): string {
  return value.type === "double" ? javaText(value.value) : valueText(value);
}

/** What Java's `Double.toString` writes: from 10⁷ on and below 10⁻³ a power of ten, of at least two digits. */
function javaText(value: number): string {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value) || magnitude === 0 || (magnitude >= 1e-3 && magnitude < 1e7)) {
    return doubleText(value);
  }
  const shortest = value.toExponential();
  const written = shortest.includes(".") ? shortest : value.toExponential(1);
  return written.replace(/e\+?/, "E");
}
