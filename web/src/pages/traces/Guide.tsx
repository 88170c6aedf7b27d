import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { agentsQuery } from "../../api/queries";
import type { Agent } from "../../api/server";
import { useText } from "../../i18n";
import { CopyButton } from "../../ui/CopyButton";
import { Icon } from "../../ui/Icon";
import { collectorLines, javaLines, sdkLines } from "./snippets";

/** For when no agent is known: where an agent on the reader's own host listens. */
const USUAL: Agent = {
  identity: "",
  host: "",
  version: "",
  otlp: ["http://127.0.0.1:4318", "http://127.0.0.1:38086"],
  connected: false,
};

interface Choice {
  readonly address: string;
  readonly agent: Agent;
}

function choices(agents: readonly Agent[]): readonly Choice[] {
  const speaking = agents.filter((agent) => agent.otlp.length > 0);
  const known = speaking.length > 0 ? speaking : [USUAL];
  const ordered = known.toSorted((a, b) => Number(b.connected) - Number(a.connected));
  return ordered.flatMap((agent) => agent.otlp.map((address) => ({ address, agent })));
}

interface GuideProps {
  /** Opened by hand while there are traces already. */
  readonly again?: boolean;
  readonly close?: () => void;
}

/** How to send spans, with this installation's own addresses, ready to copy. */
export function Guide({ again = false, close }: GuideProps) {
  const text = useText();
  const heading = useId();
  const agents = useQuery(agentsQuery(2_000));
  const [chosen, setChosen] = useState<string>();
  const all = choices(agents.data ?? []);
  const current = all.find((choice) => choice.address === chosen) ?? all[0];
  const address = current?.address ?? "";
  return (
    <section className="guide" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{again ? text.guide.titleAgain : text.guide.title}</h2>
        {close && (
          <button
            type="button"
            className="icon-button"
            onClick={close}
            aria-label={text.common.close}
            title={text.common.close}
          >
            <Icon name="close" />
          </button>
        )}
      </header>
      <p className="guide-intro">{again ? text.guide.introAgain : text.guide.intro}</p>
      {agents.isSuccess && current?.agent === USUAL && (
        <p className="bar warning" role="status">
          {text.guide.noAgent}
        </p>
      )}
      <label className="guide-address">
        <span>{text.guide.address}</span>
        <span className="field select">
          <select value={address} onChange={(event) => setChosen(event.target.value)}>
            {all.map((choice) => (
              <option key={choice.address + choice.agent.identity} value={choice.address}>
                {addressWords(choice, text.guide)}
              </option>
            ))}
          </select>
          <Icon name="down" size={12} />
        </span>
        <CopyButton value={address} label={address} />
      </label>
      <div className="guide-ways">
        <Way title={text.guide.java} note={text.guide.javaNote} lines={javaLines(address)} />
        <Way title={text.guide.sdk} lines={sdkLines(address)} />
        <Way title={text.guide.collector} note={text.guide.collectorNote} lines={collectorLines(address)} />
      </div>
      {!again && (
        <p className="guide-waiting" role="status">
          <span className="spinner" aria-hidden="true" />
          {text.guide.waiting}
        </p>
      )}
    </section>
  );
}

function addressWords(
  { address, agent }: Choice,
  words: { agentOn: (host: string) => string; away: string },
): string {
  if (agent === USUAL) {
    return address;
  }
  const away = agent.connected ? "" : ` (${words.away})`;
  return `${address} — ${words.agentOn(agent.host)}${away}`;
}

interface WayProps {
  readonly title: string;
  readonly note?: string;
  readonly lines: readonly string[];
}

function Way({ title, note, lines }: WayProps) {
  const code = lines.join("\n");
  return (
    <section className="way">
      <header>
        <h3>{title}</h3>
        <CopyButton value={code} label={title} />
      </header>
      {/* The box scrolls, so the keyboard must be able to reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} role="region" aria-label={title}>
        <code>{code}</code>
      </pre>
      {note && <p className="soft">{note}</p>}
    </section>
  );
}
