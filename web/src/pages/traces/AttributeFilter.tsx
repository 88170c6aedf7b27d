import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { tagValuesQuery, tagsQuery } from "../../api/queries";
import { useText } from "../../i18n";
import { Combobox } from "../../ui/Combobox";
import { Icon } from "../../ui/Icon";
import { rangeNs, rangeOf } from "../range";
import {
  ATTRIBUTES_MAX,
  type TracesSearch,
  isAskable,
  isFull,
  parseAttribute,
  withAttribute,
  withoutAttribute,
} from "./search";

interface AttributeFilterProps {
  readonly search: TracesSearch;
  readonly change: (search: TracesSearch) => void;
}

/** Key and value of one more attribute, both completed from what the server has. */
export function AttributeField({ search, change }: AttributeFilterProps) {
  const text = useText().filters;
  const [entered, setEntered] = useState(false);
  const [key, setKey] = useState("");
  const valueBox = useRef<HTMLInputElement>(null);
  const keyBox = useRef<HTMLInputElement>(null);
  const { tags, values } = useCompletion(search, entered, key);
  const choose = (words: string) => {
    // Typed, that is: no key with a `=` is proposed.
    const pair = parseAttribute(words);
    if (pair) {
      add(pair.key.trim(), pair.value.trim());
      return;
    }
    setKey(words);
    if (words !== "") {
      valueBox.current?.focus();
    }
  };
  const add = (newKey: string, value: string) => {
    setKey("");
    const next = withAttribute(search, newKey, value);
    change(next);
    if (!isFull(next)) {
      keyBox.current?.focus();
    }
  };
  return (
    <fieldset className="attribute-field" disabled={isFull(search)} aria-label={text.attribute}>
      <Combobox
        className="key-field"
        label={text.key}
        placeholder={text.attribute}
        value={key}
        choices={tags.map((tag) => ({ value: tag.key, note: tag.scopes.join(", ") }))}
        commit={choose}
        commitOnLeave
        entered={() => setEntered(true)}
        shortcut="/"
        inputRef={keyBox}
      />
      <span className="equals" aria-hidden="true">
        =
      </span>
      <Combobox
        className="value-field"
        label={text.value}
        placeholder={text.value}
        value=""
        choices={values.map((value) => ({ value }))}
        commit={(value) => (key === "" ? keyBox.current?.focus() : add(key, value))}
        inputRef={valueBox}
      />
    </fieldset>
  );
}

/** Only keys that a filter can say are proposed. */
function useCompletion(search: TracesSearch, entered: boolean, key: string) {
  const range = () => rangeNs(search);
  const tags = useQuery({ ...tagsQuery(rangeOf(search), range), enabled: entered });
  const tag = tags.data?.find((candidate) => candidate.key === key);
  const values = useQuery({
    ...tagValuesQuery(tag ?? { key: "", scopes: [] }, rangeOf(search), range),
    enabled: tag !== undefined,
  });
  return { tags: (tags.data ?? []).filter(({ key }) => isAskable(key)), values: (tag && values.data) ?? [] };
}

/** The attributes asked for, each with a way to drop it. */
export function AttributeChips({ search, change }: AttributeFilterProps) {
  const text = useText().filters;
  const entries = search.attribute ?? [];
  if (entries.length === 0) {
    return null;
  }
  return (
    <div className="filter-row chosen">
      <ul className="filter-chips" aria-label={text.attributes}>
        {entries.map((entry) => (
          <li key={entry}>
            <FilterChip entry={entry} drop={() => change(withoutAttribute(search, entry))} />
          </li>
        ))}
      </ul>
      {isFull(search) && (
        <span className="filter-note" role="status">
          {text.attributesMost(ATTRIBUTES_MAX)}
        </span>
      )}
      {isTogether(search) && <span className="soft filter-note">{text.oneSpan}</span>}
    </div>
  );
}

function FilterChip({ entry, drop }: { readonly entry: string; readonly drop: () => void }) {
  const text = useText().filters;
  const { key, value } = parseAttribute(entry) ?? { key: entry, value: "" };
  return (
    <span className="filter-chip">
      <bdi className="chip-key">{key}</bdi>
      <span className="equals">=</span>
      <bdi className="chip-value">{value}</bdi>
      <button type="button" aria-label={text.remove(`${key} = ${value}`)} onClick={drop}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}

/** Several conditions on spans: that they must meet in one is worth a word. */
function isTogether({ service, name, status, attribute = [], q }: TracesSearch): boolean {
  const conditions = [service, name, status, q, ...attribute].filter((condition) => condition !== undefined);
  return conditions.length > 1;
}
