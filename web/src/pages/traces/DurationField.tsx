import { type KeyboardEvent, useId, useState } from "react";
import { useText } from "../../i18n";
import { type TracesSearch, durationWords, having } from "./search";

interface DurationFieldProps {
  readonly search: TracesSearch;
  readonly change: (search: TracesSearch) => void;
}

/** How long the trace takes, at least and at most. */
export function DurationField({ search, change }: DurationFieldProps) {
  const text = useText().filters;
  return (
    <div className="field duration-field" role="group" aria-label={text.duration}>
      <span className="field-label">{text.duration}</span>
      <Bound
        label={text.durationMin}
        placeholder="≥ 100ms"
        value={search.minDuration}
        commit={(value) => change(having(search, "minDuration", value))}
      />
      <span aria-hidden="true">–</span>
      <Bound
        label={text.durationMax}
        placeholder="≤ 2s"
        value={search.maxDuration}
        commit={(value) => change(having(search, "maxDuration", value))}
      />
    </div>
  );
}

interface BoundProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  readonly commit: (value: string | undefined) => void;
}

function Bound({ label, placeholder, value, commit }: BoundProps) {
  const text = useText().filters;
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const words = draft ?? value ?? "";
  const read = durationWords(words);
  const wrong = words.trim() !== "" && read === undefined;
  const finish = () => {
    if (!wrong) {
      setDraft(undefined);
      if (read !== value) {
        commit(read);
      }
    }
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      finish();
    } else if (event.key === "Escape") {
      setDraft(undefined);
    }
  };
  return (
    <span className="bound">
      <input
        type="text"
        value={words}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        aria-label={label}
        aria-invalid={wrong}
        aria-describedby={wrong ? id : undefined}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={press}
        onBlur={finish}
      />
      {wrong && (
        <span id={id} className="field-error below" role="alert">
          {text.durationWrong}
        </span>
      )}
    </span>
  );
}
