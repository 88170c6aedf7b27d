import type { ReactNode } from "react";
import { ApiError } from "../api/http";
import { useText } from "../i18n";
import { Icon, type IconName } from "./Icon";

interface NoticeProps {
  readonly icon: IconName;
  readonly title: string;
  readonly tone?: "plain" | "error";
  /** The page has no other heading. */
  readonly whole?: boolean;
  readonly children?: ReactNode;
}

/** Says in the middle of a page why there is nothing to see, and what to do. */
export function Notice({ icon, title, tone = "plain", whole = false, children }: NoticeProps) {
  const Heading = whole ? "h1" : "h2";
  return (
    <section className={`notice ${tone}`} role={tone === "error" ? "alert" : "status"}>
      <span className="notice-icon">
        <Icon name={icon} size={24} />
      </span>
      <Heading>{title}</Heading>
      {children}
    </section>
  );
}

interface FailureProps {
  readonly title: string;
  readonly error: Error;
  readonly retry: () => void;
  readonly whole?: boolean;
}

/** An error with what the server said about it and what one can do. */
export function Failure({ title, error, retry, whole = false }: FailureProps) {
  const text = useText();
  return (
    <Notice icon="error" title={title} tone="error" whole={whole}>
      <FailureWords error={error} />
      <button type="button" className="button" onClick={retry}>
        <Icon name="refresh" size={14} />
        {text.common.retry}
      </button>
    </Notice>
  );
}

/** The words alone, for a bar above content that is still there. */
export function FailureWords({ error }: { readonly error: Error }) {
  const text = useText();
  const away = error instanceof ApiError && error.status === 0;
  const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
  const hint =
    error instanceof ApiError && error.hint !== "" ? error.hint : refused ? "" : text.traces.failedOther;
  return (
    <>
      {!away && error.message !== "" && <p className="notice-detail">{error.message}</p>}
      {(away || hint !== "") && <p>{away ? text.traces.failedAway : hint}</p>}
    </>
  );
}

/** Shown only when waiting takes long enough to be noticed. */
export function Loading({ words }: { readonly words: string }) {
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {words}
    </p>
  );
}
