import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { operationsQuery } from "../../api/queries";
import type { ServiceSummary } from "../../api/services";
import { useText } from "../../i18n";
import { Combobox } from "../../ui/Combobox";
import { Icon } from "../../ui/Icon";
import { Segmented } from "../../ui/Segmented";
import { RangePicker } from "../RangePicker";
import { isAbsolute, rangeNs, rangeOf, withRange } from "../range";
import { AttributeChips, AttributeField } from "./AttributeFilter";
import { DurationField } from "./DurationField";
import { Expert } from "./Expert";
import { STATUSES, type Status, type TracesSearch, cleared, having, isFiltered, isLive } from "./search";

interface FiltersProps {
  readonly search: TracesSearch;
  readonly services: readonly ServiceSummary[];
  /** What the server said about the search, when it refused it. */
  readonly refused: Error | undefined;
  readonly held: boolean;
  readonly busy: boolean;
  readonly change: (search: TracesSearch) => void;
  readonly refresh: () => void;
}

/** Everything that says which traces are wanted. */
export function Filters({ search, services, refused, held, busy, change, refresh }: FiltersProps) {
  const text = useText();
  const [expert, setExpert] = useState(false);
  const expertOpen = expert || search.q !== undefined;
  return (
    <search className="filters" aria-label={text.filters.label}>
      <div className="filter-row">
        <RangePicker range={search} change={(range) => change(withRange(search, range))} />
        {isFiltered(search) && (
          <button type="button" className="link-button" onClick={() => change(cleared(search))}>
            {text.filters.clear}
          </button>
        )}
        <span className="spacer" />
        {!isAbsolute(search) && <LiveSwitch search={search} held={held} change={change} />}
        <button
          type="button"
          className="icon-button"
          onClick={refresh}
          aria-label={text.traces.refresh}
          title={text.traces.refresh}
        >
          <span className={busy && !isLive(search) ? "turning" : undefined}>
            <Icon name="refresh" />
          </span>
        </button>
      </div>
      <div className="filter-row conditions">
        <ServiceField search={search} services={services} change={change} />
        <NameField search={search} change={change} />
        <StatusField search={search} change={change} />
        <DurationField search={search} change={change} />
        <AttributeField search={search} change={change} />
        <button
          type="button"
          className="button toggle expert-toggle"
          aria-expanded={expertOpen}
          title={text.filters.expertNote}
          onClick={() => {
            setExpert(!expertOpen);
            if (expertOpen && search.q !== undefined) {
              change(having(search, "q", undefined));
            }
          }}
        >
          <span className="mono" aria-hidden="true">
            {"{ }"}
          </span>
          {text.filters.expert}
        </button>
      </div>
      {expertOpen && <Expert search={search} refused={refused} change={change} />}
      <AttributeChips search={search} change={change} />
    </search>
  );
}

type Change = Pick<FiltersProps, "search" | "change">;

function ServiceField({ search, services, change }: Change & Pick<FiltersProps, "services">) {
  const text = useText().filters;
  const choices = services
    .filter((service) => service.name !== "")
    .map((service) => ({ value: service.name, note: service.spanCount.toLocaleString("en-US") }));
  return (
    <Combobox
      className="service-field"
      label={text.service}
      placeholder={text.service}
      value={search.service ?? ""}
      choices={choices}
      commit={(service) => change(having(search, "service", service || undefined))}
      commitOnLeave
    />
  );
}

/** Proposes the names of the chosen service's spans. */
function NameField({ search, change }: Change) {
  const text = useText();
  const [entered, setEntered] = useState(false);
  const operations = useQuery({
    ...operationsQuery(search.service ?? "", rangeOf(search), () => rangeNs(search)),
    enabled: entered && search.service !== undefined,
  });
  const names = new Set(operations.data?.operations.map((operation) => operation.name));
  return (
    <Combobox
      className="name-field"
      label={text.filters.name}
      placeholder={text.filters.name}
      value={search.name ?? ""}
      choices={[...names].map((value) => ({ value }))}
      commit={(name) => change(having(search, "name", name || undefined))}
      commitOnLeave
      entered={() => setEntered(true)}
    />
  );
}

function StatusField({ search, change }: Change) {
  const text = useText().filters;
  // Nobody asks for it here, but links from counted errors do.
  const counted = search.status === "failed" ? (["failed"] as const) : [];
  const options = (["any", ...STATUSES, ...counted] as const).map((value) => ({
    value,
    label: value === "failed" ? text.failedNote : text.statuses[value],
    face: value === "error" || value === "failed" ? <ErrorFace words={text.statuses[value]} /> : text.statuses[value],
  }));
  return (
    <Segmented<"any" | Status>
      label={text.status}
      options={options}
      value={search.status ?? "any"}
      choose={(status) => change(having(search, "status", status === "any" ? undefined : status))}
    />
  );
}

function ErrorFace({ words }: { readonly words: string }) {
  return (
    <span className="error-face">
      <Icon name="error" size={13} />
      {words}
    </span>
  );
}

function LiveSwitch({ search, held, change }: Change & Pick<FiltersProps, "held">) {
  const text = useText();
  const live = isLive(search);
  return (
    <button
      type="button"
      className={`button toggle live ${live && !held ? "beating" : ""}`}
      aria-pressed={live}
      title={live ? text.traces.liveOn : text.traces.liveOff}
      onClick={() => change(having(search, "live", live ? false : undefined))}
    >
      <Icon name={live ? "live" : "pause"} size={14} />
      {text.traces.live}
    </button>
  );
}
