import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { agentsQuery } from "../../api/queries";
import type { Agent } from "../../api/server";
import { formatCount, formatShare } from "../../format/number";
import { formatAgo, msToNs } from "../../format/time";
import { useSpeech, useText } from "../../i18n";
import { Icon } from "../../ui/Icon";
import { Failure, FailureWords, Loading, Notice } from "../../ui/Notice";
import "../traces/traces.css";
import "./agents.css";

const AGAIN_MS = 5_000;

/** Who sends spans here or is configured from here, and whether each has the configuration that it shall have. */
export function AgentsPage() {
  const text = useText();
  const agents = useQuery(agentsQuery(AGAIN_MS));
  useEffect(() => {
    document.title = `${text.agents.title} · ${text.product}`;
  }, [text]);
  return (
    <div className="agents-page">
      <h1>{text.agents.title}</h1>
      {agents.isPending && <Loading words={text.common.loading} />}
      {agents.isError && agents.data === undefined && (
        <Failure title={text.agents.failed} error={agents.error} retry={() => void agents.refetch()} />
      )}
      {agents.isError && agents.data && (
        <div className="bar error" role="alert">
          <strong>{text.agents.failed}</strong> <FailureWords error={agents.error} />
        </div>
      )}
      {agents.data?.length === 0 && (
        <Notice icon="empty" title={text.agents.none}>
          <p>{text.agents.noneNote}</p>
        </Notice>
      )}
      {agents.data && agents.data.length > 0 && <AgentTable agents={agents.data} nowMs={agents.dataUpdatedAt} />}
    </div>
  );
}

interface AgentTableProps {
  readonly agents: readonly Agent[];
  /** When the server said so, Unix ms. */
  readonly nowMs: number;
}

function AgentTable({ agents, nowMs }: AgentTableProps) {
  const { columns, title } = useText().agents;
  return (
    <div className="table-frame">
      <table className="trace-table agent-table">
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.agent}</th>
            <th scope="col">{columns.state}</th>
            <th scope="col">{columns.group}</th>
            <th scope="col">{columns.configuration}</th>
            <th scope="col" className="number">
              {columns.queue}
            </th>
            <th scope="col">{columns.version}</th>
            <th scope="col">{columns.report}</th>
          </tr>
        </thead>
        <tbody>
          {agents.map((agent) => (
            <Row key={agent.identity} agent={agent} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ agent, nowMs }: { readonly agent: Agent; readonly nowMs: number }) {
  const { text, language } = useSpeech();
  const { control } = agent;
  const troubled = (control?.exceptions.length ?? 0) > 0;
  const where = [control?.program, control?.address].filter((words) => words !== undefined && words !== "");
  return (
    <tr className={troubled ? "failed" : undefined}>
      <td>
        <strong>{control?.name || agent.host || agent.identity.slice(0, 12)}</strong>
        <div className="soft">{where.join(" · ")}</div>
        {control?.exceptions.map((exception) => (
          <div key={exception} className="agent-exception">
            <Icon name="error" size={12} /> {exception}
          </div>
        ))}
      </td>
      <td>
        <State agent={agent} />
      </td>
      <td>{control ? control.group : <None />}</td>
      <td>{control ? <Configuration control={control} /> : <None />}</td>
      <td className="number">{control?.queue ? <Queue queue={control.queue} /> : <None />}</td>
      <td>{agent.version}</td>
      <td className="soft">
        {control?.reportedMs === undefined ? (
          <None />
        ) : (
          formatAgo(msToNs(control.reportedMs), nowMs, language)
        )}
        {!control && <span className="visually-hidden">{text.agents.unmanaged}</span>}
      </td>
    </tr>
  );
}

/** A dash for the eye; a screen reader is told that there is nothing. */
function None() {
  const text = useText();
  return (
    <>
      <span className="soft" aria-hidden="true">
        –
      </span>
      <span className="visually-hidden">{text.common.unknown}</span>
    </>
  );
}

function State({ agent }: { readonly agent: Agent }) {
  const { states, linked, away } = useText().agents;
  const { control } = agent;
  if (!control) {
    return <span className={`agent-tone ${agent.connected ? "good" : "idle"}`}>{agent.connected ? linked : away}</span>;
  }
  const tone = { normal: "good", disabled: "warning", lost: "bad" }[control.state];
  return <span className={`agent-tone ${tone}`}>{states[control.state]}</span>;
}

function Configuration({ control }: { readonly control: NonNullable<Agent["control"]> }) {
  const { configs } = useText().agents;
  const { state, revision, wanted } = control.config;
  const tone = { none: "idle", applied: "good", pending: "warning", failed: "bad" }[state];
  const shown = state === "pending" ? wanted : revision;
  return (
    <>
      <span className={`agent-tone ${tone}`}>{configs[state]}</span>{" "}
      {shown !== "" && <code className="soft">{shown}</code>}
    </>
  );
}

function Queue({ queue }: { readonly queue: { readonly spans: number; readonly share: number } }) {
  const text = useText();
  return (
    <span title={text.agents.queueNote(formatCount(queue.spans), formatShare(queue.share))}>
      {formatCount(queue.spans)} <span className="soft">({formatShare(queue.share)})</span>
    </span>
  );
}
