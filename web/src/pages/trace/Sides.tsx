import { useQuery } from "@tanstack/react-query";
import { sidesQuery } from "../../api/queries";
import type { Side } from "../../api/sides";
import { useText } from "../../i18n";

interface SidesProps {
  readonly traceId: string;
  readonly spanId: string;
}

/** Who was at both ends of a span, and how that is known or why it is not. */
export function Sides({ traceId, spanId }: SidesProps) {
  const text = useText().span;
  const { data: sides } = useQuery(sidesQuery(traceId, spanId));
  if (!sides) {
    return null;
  }
  return (
    <section className="panel-section">
      <h3>{text.sides.title}</h3>
      <OneSide title={text.sides.client} side={sides[0]} />
      <OneSide title={text.sides.server} side={sides[1]} />
    </section>
  );
}

function OneSide({ title, side }: { readonly title: string; readonly side: Side }) {
  const text = useText().span.sides;
  return (
    <>
      <h4>{title}</h4>
      <dl className="panel-facts">
        {side.tags.map(([tag, value]) => (
          <div key={tag}>
            <dt>{text.tags[tag]}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
        <div>
          <dt>{text.source}</dt>
          <dd className="soft">{side.source || text.unknown}</dd>
        </div>
        {side.conflicts !== "" && (
          <div>
            <dt>{text.conflicts}</dt>
            <dd>
              <bdi>{side.conflicts}</bdi>
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}
