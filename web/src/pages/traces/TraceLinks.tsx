import { Link } from "@tanstack/react-router";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import type { TracesSearch } from "./search";

interface TraceLinksProps {
  readonly of: TracesSearch;
  readonly failing: boolean;
  readonly label: string;
  readonly className: string;
  readonly children?: React.ReactNode;
}

/** From sums to the traces behind them: the newest, the slowest, and those that failed. */
export function TraceLinks({ of, failing, label, className, children }: TraceLinksProps) {
  const text = useText().services;
  return (
    <nav className={className} aria-label={label}>
      <Link to="/traces" search={of} className="button">
        {text.traces}
      </Link>
      <Link to="/traces" search={{ ...of, sort: "slowest" }} className="button">
        <Icon name="clock" size={14} />
        {text.slowest}
      </Link>
      {failing && (
        <Link to="/traces" search={{ ...of, status: "failed" }} className="button failing">
          <Icon name="error" size={14} />
          {text.withErrors}
        </Link>
      )}
      {children}
    </nav>
  );
}
