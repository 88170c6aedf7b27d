import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { type TracesSearch, isLive } from "./search";

export interface MoreActions {
  readonly load: () => void;
  readonly loading: boolean;
  readonly toFirst: () => void;
}

interface MoreProps extends MoreActions {
  readonly search: TracesSearch;
  readonly hasMore: boolean;
  readonly paged: boolean;
  readonly count: number;
}

/** The end of the list: more of it, or the word that this was all; and why it stands still. */
export function More({ search, hasMore, paged, count, load, loading, toFirst }: MoreProps) {
  const text = useText().traces;
  if (!hasMore && !paged) {
    return null;
  }
  return (
    <div className="more-traces">
      {hasMore ? (
        <button type="button" className="button" onClick={load} aria-disabled={loading}>
          {loading ? <span className="spinner" aria-hidden="true" /> : <Icon name="down" size={14} />}
          {text.more}
        </button>
      ) : (
        <span className="soft">{text.allShown(count)}</span>
      )}
      {paged && isLive(search) && (
        <span className="soft" role="status">
          {text.livePaused}{" "}
          <button type="button" className="link-button" onClick={toFirst}>
            {text.toFirst}
          </button>
        </span>
      )}
    </div>
  );
}
