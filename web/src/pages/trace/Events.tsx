import { formatDuration } from "../../format/duration";
import { formatUtc } from "../../format/time";
import { useText } from "../../i18n";
import type { SpanEvent } from "../../otlp/trace";
import { Icon } from "../../ui/Icon";
import { Attributes } from "./Attributes";

interface EventsProps {
  readonly events: readonly SpanEvent[];
  /** The span's start: events are told by their distance from it. */
  readonly startNs: bigint;
}

export function Events({ events, startNs }: EventsProps) {
  const text = useText();
  return (
    <ol className="events">
      {events.map((event, i) => (
        // Events have no id, and two may be alike.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i}>
          <p className="event-head">
            <span className="event-time tabular" title={formatUtc(event.timeNs)}>
              {offset(event.timeNs - startNs)}
            </span>
            {event.name === "exception" && (
              <span className="mark-error" title={text.span.exception}>
                <Icon name="error" size={13} />
              </span>
            )}
            <strong>{event.name || text.common.unnamed}</strong>
            {event.droppedAttributes > 0 && (
              <span className="dropped">{text.span.dropped(event.droppedAttributes)}</span>
            )}
          </p>
          <Attributes attributes={event.attributes} />
        </li>
      ))}
    </ol>
  );
}

/** Clocks and SDKs err: an event may lie before its span. */
function offset(ns: bigint): string {
  return `${ns < 0n ? "" : "+"}${formatDuration(Number(ns))}`;
}
