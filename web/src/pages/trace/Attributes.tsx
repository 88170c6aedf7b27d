import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useText } from "../../i18n";
import { type Attribute, type Value, hex, storedText, valueText } from "../../otlp/value";
import { CopyButton } from "../../ui/CopyButton";
import { Icon } from "../../ui/Icon";
import { type TracesSearch, isAskable } from "../traces/search";

/** Longer values are cut until somebody asks for the rest. */
const LONG = 400;

interface AttributesProps {
  readonly attributes: readonly Attribute[];
  readonly filter?: string;
  /** Key that the agent has added, not the sender. */
  readonly addedByAgent?: string | undefined;
  /** Where traces like this one are; absent for attributes that no search knows. */
  readonly alike?: TracesSearch;
}

/** Keys, types and values in the sender's order. */
export function Attributes({ attributes, filter = "", addedByAgent, alike }: AttributesProps) {
  const text = useText().span;
  const wanted = filter.trim().toLowerCase();
  const shown = attributes.filter(({ key, value }) =>
    `${key}=${valueText(value)}`.toLowerCase().includes(wanted),
  );
  // The agent appends, so of two equal keys the last one is its own.
  const added = addedByAgent === undefined ? -1 : shown.findLastIndex(({ key }) => key === addedByAgent);
  return (
    <dl className="attributes">
      {shown.map((attribute, i) => (
        // Keys may repeat, and nothing is ever inserted between them.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={i} className="attribute">
          <dt>
            <bdi>{attribute.key}</bdi>
            <TypeTag value={attribute.value} />
            {i === added && (
              <span className="agent-tag" title={text.addedByAgentNote}>
                {text.addedByAgent}
              </span>
            )}
          </dt>
          <dd>
            <ValueView value={attribute.value} />
            <span className="attribute-tools">
              {alike && isSearchable(attribute) && <FindAlike attribute={attribute} alike={alike} />}
              <CopyButton value={valueText(attribute.value)} label={attribute.key} />
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Values that a filter can say; longer ones would make no URL. */
function isSearchable({ key, value }: Attribute): boolean {
  const scalar =
    value.type === "string" || value.type === "int" || value.type === "double" || value.type === "bool";
  return scalar && isAskable(key) && valueText(value).length <= LONG;
}

function FindAlike({ attribute, alike }: { readonly attribute: Attribute; readonly alike: TracesSearch }) {
  const text = useText().span;
  const { name: _name, ...rest } = alike;
  const words = text.findAttribute(attribute.key);
  return (
    <Link
      to="/traces"
      search={{ ...rest, attribute: [`${attribute.key}=${storedText(attribute.value)}`] }}
      className="icon-button small"
      aria-label={words}
      title={words}
    >
      <Icon name="filter" size={13} />
    </Link>
  );
}

/** Text is what one expects, so only other types are named. */
function TypeTag({ value }: { readonly value: Value }) {
  const text = useText().span;
  return value.type === "string" ? (
    <span className="visually-hidden">{text.types.string}</span>
  ) : (
    <span className={`type ${value.type}`}>{text.types[value.type]}</span>
  );
}

function ValueView({ value }: { readonly value: Value }) {
  const text = useText().span;
  switch (value.type) {
    case "string":
      return value.value === "" ? (
        <em className="soft">{text.emptyString}</em>
      ) : (
        <LongText words={value.value} />
      );
    case "int":
    case "double":
    case "bool":
      return <span className={`value ${value.type}`}>{valueText(value)}</span>;
    case "bytes":
      return (
        <span className="value bytes">
          <LongText words={hex(value.value).replace(/(..)(?=.)/g, "$1 ")} />{" "}
          <span className="soft">{text.byteCount(value.value.length)}</span>
        </span>
      );
    case "array":
      return <ArrayView values={value.value} />;
    case "kvlist":
      return value.value.length === 0 ? (
        <span className="soft">{"{}"}</span>
      ) : (
        <Nested attributes={value.value} />
      );
    case "empty":
      return <em className="soft">{text.emptyValue}</em>;
  }
}

function ArrayView({ values }: { readonly values: readonly Value[] }) {
  if (values.length === 0) {
    return <span className="soft">[]</span>;
  }
  return (
    <ol className="nested list">
      {values.map((value, i) => (
        // Values of an array have no other name than their place.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i}>
          {value.type !== "string" && <TypeTag value={value} />}
          <ValueView value={value} />
        </li>
      ))}
    </ol>
  );
}

function Nested({ attributes }: { readonly attributes: readonly Attribute[] }) {
  return (
    <ul className="nested">
      {attributes.map((attribute, i) => (
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i}>
          <bdi className="nested-key">{attribute.key}</bdi>
          {attribute.value.type !== "string" && <TypeTag value={attribute.value} />}
          <ValueView value={attribute.value} />
        </li>
      ))}
    </ul>
  );
}

function LongText({ words }: { readonly words: string }) {
  const text = useText().span;
  const [all, setAll] = useState(false);
  const long = words.length > LONG;
  return (
    <span className="value string">
      <Linked words={long && !all ? `${words.slice(0, LONG)}…` : words} whole={!long || all} />
      {long && (
        <button type="button" className="link-button" onClick={() => setAll(!all)}>
          {all ? text.showLess : text.showAll}
        </button>
      )}
    </span>
  );
}

/** Becomes a link only when all of it is an http(s) address: no other scheme may be clicked here. */
function Linked({ words, whole }: { readonly words: string; readonly whole: boolean }) {
  return whole && isWebAddress(words) ? (
    <a href={words} target="_blank" rel="noopener noreferrer nofollow">
      <bdi>{words}</bdi>
    </a>
  ) : (
    <bdi>{words}</bdi>
  );
}

export function isWebAddress(words: string): boolean {
  return /^https?:\/\/[^\s"'<>\\]+$/i.test(words) && URL.canParse(words);
}
