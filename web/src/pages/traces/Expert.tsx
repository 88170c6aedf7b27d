import { type FormEvent, useEffect, useId, useRef } from "react";
import { ApiError } from "../../api/http";
import { useText } from "../../i18n";
import { useDraft } from "../../ui/useDraft";
import { type TracesSearch, having } from "./search";

interface ExpertProps {
  readonly search: TracesSearch;
  readonly refused: Error | undefined;
  readonly change: (search: TracesSearch) => void;
}

/** A filter in TraceQL. What the server can't read it marks by its place. */
export function Expert({ search, refused, change }: ExpertProps) {
  const text = useText().filters;
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [words, type] = useDraft(search.q ?? "");
  const isOpenedByHand = search.q === undefined;
  useEffect(() => {
    if (isOpenedByHand) {
      box.current?.focus();
    }
    // Only when it opens.
    // oxlint-disable-next-line react/exhaustive-deps
  }, []);
  const error = isAboutQuery(search, refused) ? refused : undefined;
  const apply = (event: FormEvent) => {
    event.preventDefault();
    change(having(search, "q", words.trim() || undefined));
  };
  return (
    <form className="expert" onSubmit={apply}>
      <div className={`field ${error ? "invalid" : ""}`}>
        <input
          ref={box}
          type="text"
          className="mono"
          value={words}
          spellCheck={false}
          autoComplete="off"
          aria-label={text.expertLabel}
          aria-invalid={error !== undefined}
          aria-describedby={error ? id : undefined}
          placeholder={'{ resource.service.name = "checkout" && duration > 100ms }'}
          onChange={(event) => type(event.target.value)}
        />
      </div>
      <button type="submit" className="button primary">
        {text.expertApply}
      </button>
      {error && (
        <div id={id} className="expert-error" role="alert">
          <Place query={search.q ?? ""} at={placeIn(error.message)} />
          <p>
            <strong>{error.message}</strong> {error.hint}
          </p>
        </div>
      )}
    </form>
  );
}

/** A refusal that names a place speaks of the query: nothing else that is sent has places. */
export function isAboutQuery(search: TracesSearch, refused: Error | undefined): refused is ApiError {
  return (
    search.q !== undefined &&
    refused instanceof ApiError &&
    refused.status === 400 &&
    placeIn(refused.message) !== undefined
  );
}

/** The place that a message names, counted from 1. */
export function placeIn(message: string): number | undefined {
  const digits = /\bat character (\d{1,6})\b/.exec(message)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The query with a caret below the place; the blank before it is as wide as the query's own letters. */
function Place({ query, at = 1 }: { readonly query: string; readonly at?: number | undefined }) {
  return (
    <pre aria-hidden="true">
      {query}
      {"\n"}
      <span className="invisible">{query.slice(0, at - 1)}</span>
      <span className="caret">^</span>
    </pre>
  );
}
