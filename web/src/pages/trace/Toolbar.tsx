import type { KeyboardEvent } from "react";
import { useText } from "../../i18n";
import { spanOf } from "../../trace/repeats";
import { isWhole } from "../../trace/scale";
import { useHelp } from "../../ui/Help";
import { Icon, type IconName } from "../../ui/Icon";
import { useDraft } from "../../ui/useDraft";
import { Legend } from "./Legend";
import type { TraceView } from "./useTraceView";

interface ToolbarProps {
  readonly view: TraceView;
}

export function Toolbar({ view }: ToolbarProps) {
  const text = useText().trace;
  const showHelp = useHelp();
  const { trace, tree, repeats, openRuns } = view;
  return (
    <div className="toolbar" role="toolbar" aria-label={text.title}>
      <SearchBox view={view} />
      {trace.errorCount > 0 && (
        <button
          type="button"
          className="button small failing"
          aria-keyshortcuts="e"
          title={`${text.nextError} (e)`}
          onClick={() => view.seek("error", 1)}
        >
          <Icon name="error" size={14} />
          {text.nextError}
        </button>
      )}
      {trace.size > 1 && (
        <button
          type="button"
          className="button small toggle"
          aria-pressed={view.path !== undefined}
          aria-keyshortcuts="c"
          title={text.criticalPathNote}
          onClick={() => view.setPath(view.path === undefined)}
        >
          {text.criticalPath}
        </button>
      )}
      {repeats.runs.length > 0 && (
        <button
          type="button"
          className="button small toggle"
          aria-pressed={openRuns.size < repeats.runs.length}
          aria-keyshortcuts="r"
          title={text.repeatsNote}
          onClick={view.toggleRuns}
        >
          <Icon name="repeat" size={14} />
          {text.repeats}
        </button>
      )}
      <Legend view={view} />
      {!isWhole(view.zoom, trace.durationNs) && (
        <button
          type="button"
          className="button small"
          onClick={() => view.setZoom({ from: 0, to: trace.durationNs })}
        >
          {text.resetZoom}
        </button>
      )}
      {tree.depth > 1 && (
        <>
          <Tool icon="foldAll" label={text.foldAll} act={() => view.foldTo(0)} />
          <Tool icon="unfoldAll" label={text.unfoldAll} act={() => view.foldTo(undefined)} />
        </>
      )}
      <Tool icon="keyboard" label={text.help} act={showHelp} />
    </div>
  );
}

function Tool({
  icon,
  label,
  act,
  disabled = false,
}: {
  readonly icon: IconName;
  readonly label: string;
  readonly act: () => void;
  readonly disabled?: boolean;
}) {
  return (
    <button
      type="button"
      className="icon-button"
      onClick={act}
      aria-label={label}
      title={label}
      disabled={disabled}
    >
      <Icon name={icon} />
    </button>
  );
}

function SearchBox({ view }: ToolbarProps) {
  const text = useText().trace;
  const { matches, search, tree, repeats } = view;
  const [words, type] = useDraft(search.q ?? "", view.setQuery);
  const cursor = view.cursor === undefined ? undefined : spanOf(repeats, view.cursor);
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === "Enter") {
      event.preventDefault();
      view.seek("match", event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      type("");
      event.currentTarget.blur();
    }
  };
  return (
    <search className="trace-search">
      <div className="field">
        <Icon name="search" size={14} />
        <input
          type="text"
          value={words}
          spellCheck={false}
          autoComplete="off"
          aria-label={text.search}
          aria-keyshortcuts="/"
          placeholder={text.searchPlaceholder}
          onChange={(event) => type(event.target.value)}
          onKeyDown={press}
        />
        {matches ? (
          <span className={`match-count tabular ${matches.count === 0 ? "none" : ""}`} role="status">
            {text.matches(ordinal(matches.flags, tree.spanAt, cursor), matches.count)}
          </span>
        ) : (
          <kbd aria-hidden="true">/</kbd>
        )}
      </div>
      {matches && matches.count > 0 && (
        <>
          <Tool icon="up" label={text.previous} act={() => view.seek("match", -1)} />
          <Tool icon="down" label={text.next} act={() => view.seek("match", 1)} />
          <button
            type="button"
            className="button small toggle"
            aria-pressed={search.only === true}
            onClick={() => view.setOnly(!search.only)}
          >
            {text.only}
          </button>
        </>
      )}
    </search>
  );
}

/** Which of the matches the cursor stands on, from 1; 0 when on none. */
function ordinal(flags: Uint8Array, spanAt: Int32Array, cursor: number | undefined): number {
  if (cursor === undefined || flags[cursor] !== 1) {
    return 0;
  }
  let count = 0;
  for (const span of spanAt) {
    count += flags[span] ?? 0;
    if (span === cursor) {
      break;
    }
  }
  return count;
}
