import { type Json, bigint, isObject, objects, text, uint32 } from "../otlp/value";
import { getJson } from "./http";
import { type TraceFilter, filterWords } from "./server";

/** Traces that fulfil a filter (selected), beside those of the same time, service and name that don't (others). */
export interface Differences {
  /** Traces compared. */
  readonly selected: number;
  readonly others: number;
  /** The largest difference first. */
  readonly attributes: readonly AttributeDifference[];
  readonly operations: readonly OperationDifference[];
}

export interface AttributeDifference {
  readonly service: string;
  readonly key: string;
  readonly value: string;
  readonly scope: string;
  /** Traces in which a span of the service has it. */
  readonly selected: number;
  readonly others: number;
}

/** Means of a trace. */
export interface OperationDifference {
  readonly service: string;
  readonly name: string;
  readonly selectedCalls: number;
  readonly othersCalls: number;
  /** ns */
  readonly selectedSelf: number;
  readonly othersSelf: number;
}

export async function findDifferences(filter: TraceFilter, signal: AbortSignal): Promise<Differences> {
  const answer = await getJson("v1/differences", filterWords(filter), signal);
  const json: Json = isObject(answer) ? answer : {};
  return {
    selected: uint32(json["selected"]),
    others: uint32(json["others"]),
    attributes: objects(json["attributes"]).map((entry) => ({
      service: text(entry["service"]),
      key: text(entry["key"]),
      value: text(entry["value"]),
      scope: text(entry["scope"]),
      selected: uint32(entry["selected"]),
      others: uint32(entry["others"]),
    })),
    operations: objects(json["operations"]).map((entry) => ({
      service: text(entry["service"]),
      name: text(entry["name"]),
      selectedCalls: uint32(entry["selectedCalls"]),
      othersCalls: uint32(entry["othersCalls"]),
      selectedSelf: Number(bigint(entry["selectedSelfNs"])),
      othersSelf: Number(bigint(entry["othersSelfNs"])),
    })),
  };
}
