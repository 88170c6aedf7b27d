import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { useText } from "../i18n";
import { Notice } from "../ui/Notice";

/** A bug of ours: said loudly, with what helps to mend it. */
export function Broken({ error }: ErrorComponentProps) {
  const text = useText();
  return (
    <Notice icon="error" title={text.error.title} tone="error" whole>
      <p>{text.error.hint}</p>
      <pre className="notice-detail">
        {error instanceof Error ? (error.stack ?? error.message) : String(error)}
      </pre>
      <button type="button" className="button" onClick={() => globalThis.location.reload()}>
        {text.error.reload}
      </button>
    </Notice>
  );
}

export function NoSuchPage() {
  const text = useText();
  return (
    <Notice icon="empty" title={text.error.notFoundTitle} whole>
      <p>{text.error.notFound}</p>
      <Link to="/traces" className="button">
        {text.error.toTraces}
      </Link>
    </Notice>
  );
}
