import { type FormEvent, useId, useRef, useState } from "react";
import type { ServiceSummary } from "../../api/server";
import { fromLocalInput, toLocalInput } from "../../format/time";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { Segmented } from "../../ui/Segmented";
import {
  LASTS,
  LAST_DEFAULT,
  type Last,
  type Range,
  type TracesSearch,
  isAbsolute,
  isLive,
  rangeAt,
} from "./search";

interface FiltersProps {
  readonly search: TracesSearch;
  readonly services: readonly ServiceSummary[];
  readonly held: boolean;
  readonly busy: boolean;
  readonly change: (search: TracesSearch) => void;
  readonly refresh: () => void;
}

export function Filters({ search, services, held, busy, change, refresh }: FiltersProps) {
  const text = useText();
  return (
    <div className="filters">
      <RangePicker search={search} change={change} />
      <ServicePicker search={search} services={services} change={change} />
      <ErrorsOnly search={search} change={change} />
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
  );
}

type Change = Pick<FiltersProps, "search" | "change">;

function RangePicker({ search, change }: Change) {
  const text = useText();
  const { last: _last, from: _from, to: _to, ...rest } = search;
  const lasts = Object.keys(LASTS) as Last[];
  const options = lasts.map((value) => ({
    value,
    label: text.traces.lastLong[value],
    face: text.traces.last[value],
  }));
  const chosen = isAbsolute(search) ? undefined : (search.last ?? LAST_DEFAULT);
  return (
    <div className="range">
      <Segmented
        label={text.traces.range}
        options={options}
        value={chosen}
        choose={(last) => change({ ...rest, ...(last !== LAST_DEFAULT && { last }) })}
      />
      <CustomRange search={search} change={change} />
    </div>
  );
}

/** A popover with two date inputs; the browser's own, so that they speak the reader's language. */
function CustomRange({ search, change }: Change) {
  const text = useText();
  const id = useId();
  const popover = useRef<HTMLDivElement>(null);
  const [wrong, setWrong] = useState(false);
  // What the inputs start from: the range shown at the moment in which they are opened.
  const [range, setRange] = useState<Range>();
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const from = fromLocalInput(String(form.get("from")));
    const to = fromLocalInput(String(form.get("to")));
    if (from === undefined || to === undefined || from >= to) {
      setWrong(true);
      return;
    }
    setWrong(false);
    popover.current?.hidePopover();
    const { last: _last, ...rest } = search;
    change({ ...rest, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  };
  return (
    <>
      <button
        type="button"
        className="button range-custom"
        popoverTarget={id}
        aria-pressed={isAbsolute(search)}
      >
        <Icon name="clock" size={14} />
        <span className="tabular">
          {isAbsolute(search) ? rangeWords(rangeAt(search, 0)) : text.traces.custom}
        </span>
      </button>
      <div
        id={id}
        ref={popover}
        popover="auto"
        className="popover"
        onToggle={(event) => setRange(event.newState === "open" ? rangeAt(search, Date.now()) : undefined)}
      >
        <form className="range-form" onSubmit={apply} key={range?.toMs}>
          <label>
            {text.traces.from}
            <input
              type="datetime-local"
              name="from"
              step="0.001"
              required
              defaultValue={range && toLocalInput(range.fromMs)}
            />
          </label>
          <label>
            {text.traces.to}
            <input
              type="datetime-local"
              name="to"
              step="0.001"
              required
              defaultValue={range && toLocalInput(range.toMs)}
            />
          </label>
          {wrong && (
            <p className="field-error" role="alert">
              {text.traces.rangeWrong}
            </p>
          )}
          <button type="submit" className="button primary">
            {text.traces.apply}
          </button>
        </form>
      </div>
    </>
  );
}

function rangeWords({ fromMs, toMs }: Range): string {
  const [from, to] = [toLocalInput(fromMs), toLocalInput(toMs)].map((words) => words.slice(0, 19).split("T"));
  const sameDay = from?.[0] === to?.[0];
  return `${from?.join(" ")} – ${sameDay ? to?.[1] : to?.join(" ")}`;
}

function ServicePicker({ search, services, change }: Change & Pick<FiltersProps, "services">) {
  const text = useText();
  const { service: chosen, ...rest } = search;
  const isListed = chosen === undefined || services.some((service) => service.name === chosen);
  return (
    <label className="field select">
      <span className="field-label">{text.traces.service}</span>
      <select
        value={chosen ?? ""}
        onChange={(event) =>
          change({ ...rest, ...(event.target.value !== "" && { service: event.target.value }) })
        }
      >
        <option value="">{text.traces.allServices}</option>
        {!isListed && <option value={chosen}>{chosen}</option>}
        {services
          .filter((service) => service.name !== "")
          .map((service) => (
            <option key={service.name} value={service.name}>
              {text.traces.serviceOption(service.name, service.spanCount)}
            </option>
          ))}
      </select>
      <Icon name="down" size={12} />
    </label>
  );
}

function ErrorsOnly({ search, change }: Change) {
  const text = useText();
  const { errors, ...rest } = search;
  return (
    <button
      type="button"
      className="button toggle"
      aria-pressed={errors === true}
      onClick={() => change({ ...rest, ...(!errors && { errors: true }) })}
    >
      <Icon name="error" size={14} />
      {text.traces.errorsOnly}
    </button>
  );
}

function LiveSwitch({ search, held, change }: Change & Pick<FiltersProps, "held">) {
  const text = useText();
  const { live: _live, ...rest } = search;
  const live = isLive(search);
  return (
    <button
      type="button"
      className={`button toggle live ${live && !held ? "beating" : ""}`}
      aria-pressed={live}
      title={live ? text.traces.liveOn : text.traces.liveOff}
      onClick={() => change(live ? { ...rest, live: false } : rest)}
    >
      <Icon name={live ? "live" : "pause"} size={14} />
      {text.traces.live}
    </button>
  );
}
