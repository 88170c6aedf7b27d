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

/** More agents than this are no help in choosing one. */
const AGENTS_MOST = 8;

/** Those that can be sent to, connected ones first. */
function reachable(agents: readonly Agent[]): readonly Agent[] {
  const speaking = agents.filter((agent) => agent.otlp.length > 0);
  const known = speaking.length > 0 ? speaking : [USUAL];
  return known.toSorted((a, b) => Number(b.connected) - Number(a.connected)).slice(0, AGENTS_MOST);
}

/** All ports of an agent take the same; SDKs' own default is the one that people expect. */
function usualAddress(agents: readonly Agent[]): string {
  const addresses = agents[0]?.otlp ?? [];
  return addresses.find((address) => address.endsWith(":4318")) ?? addresses.at(-1) ?? "";
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
  const known = reachable(agents.data ?? []);
  const isKnown = known.some((agent) => agent.otlp.some((address) => address === chosen));
  const address = chosen !== undefined && isKnown ? chosen : usualAddress(known);
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
      {agents.isSuccess && known[0] === USUAL && (
        <p className="bar warning" role="status">
          {text.guide.noAgent}
        </p>
      )}
      <Addresses agents={known} chosen={address} choose={setChosen} />
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

interface AddressesProps {
  readonly agents: readonly Agent[];
  readonly chosen: string;
  readonly choose: (address: string) => void;
}

/** Every address, to be copied, or chosen for the texts below. */
function Addresses({ agents, chosen, choose }: AddressesProps) {
  const text = useText().guide;
  return (
    <ul className="guide-agents" aria-label={text.address}>
      {agents.map((agent) => (
        <li key={agent.identity}>
          {agent !== USUAL && (
            <span className="guide-host">
              {text.agentOn(agent.host)}
              {!agent.connected && <span className="soft"> ({text.away})</span>}
            </span>
          )}
          {agent.otlp.map((address) => (
            <span key={address} className="guide-address">
              <button
                type="button"
                className="button small mono"
                aria-pressed={address === chosen}
                onClick={() => choose(address)}
              >
                {address}
              </button>
              <CopyButton value={address} label={address} />
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
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
