import { Link } from "@tanstack/react-router";
import { useText } from "../../i18n";
import type { SpanLink } from "../../otlp/trace";
import { Icon } from "../../ui/Icon";
import { Attributes } from "./Attributes";

export function Links({ links }: { readonly links: readonly SpanLink[] }) {
  const text = useText().span;
  return (
    <ol className="links">
      {links.map((link, i) => (
        // Links have no id, and two may be alike.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i}>
          <p>
            <Link
              to="/trace/$traceId"
              params={{ traceId: link.traceId }}
              search={link.spanId === "" ? {} : { span: link.spanId }}
              preload={false}
              title={text.linkToSpan}
            >
              <Icon name="link" size={13} /> <code>{link.traceId}</code>
            </Link>
          </p>
          <p className="soft">
            <code>{link.spanId}</code>
            {link.flags !== 0 && (
              <>
                {" "}
                · {text.flags} <code>0x{link.flags.toString(16)}</code>
              </>
            )}
            {link.traceState !== "" && (
              <>
                {" "}
                · <code>{link.traceState}</code>
              </>
            )}
            {link.droppedAttributes > 0 && (
              <span className="dropped">{text.dropped(link.droppedAttributes)}</span>
            )}
          </p>
          <Attributes attributes={link.attributes} />
        </li>
      ))}
    </ol>
  );
}
