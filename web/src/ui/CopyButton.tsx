import { useEffect, useState } from "react";
import { useText } from "../i18n";
import { Icon } from "./Icon";

/** Also where the clipboard API is missing: on plain http from another host than this one. */
export async function copyText(text: string): Promise<void> {
  if (globalThis.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

interface CopyButtonProps {
  readonly value: string;
  /** Says what is copied; shown beside the icon when `showLabel`. */
  readonly label: string;
  readonly showLabel?: boolean;
}

export function CopyButton({ value, label, showLabel = false }: CopyButtonProps) {
  const text = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), 1600) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void copyText(value).then(() => setCopied(true));
  const name = `${text.common.copy}: ${label}`;
  return (
    <button
      type="button"
      className={showLabel ? "button small" : "icon-button small"}
      onClick={copy}
      aria-label={name}
      title={name}
    >
      <Icon name={copied ? "check" : "copy"} size={14} />
      {showLabel && <span>{label}</span>}
      <span className="visually-hidden" role="status">
        {copied ? text.common.copied : ""}
      </span>
    </button>
  );
}
