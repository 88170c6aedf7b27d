import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, type MouseEvent, useState } from "react";
import { agentsQuery } from "../api/queries";
import { LANGUAGES, type Language, useSpeech, useText } from "../i18n";
import { THEMES, useTheme } from "../theme/theme";
import { Icon } from "./Icon";
import { Segmented } from "./Segmented";

export function Header() {
  const text = useText();
  return (
    <header className="header">
      <SkipLink />
      <Link to="/traces" className="brand">
        <Logo />
        <span>{text.product}</span>
      </Link>
      <nav aria-label={text.header.navigation}>
        <Link to="/traces" activeOptions={{ includeSearch: false }} activeProps={{ "aria-current": "page" }}>
          {text.header.traces}
        </Link>
        <Link
          to="/services"
          activeOptions={{ includeSearch: false }}
          activeProps={{ "aria-current": "page" }}
        >
          {text.header.services}
        </Link>
        <Link to="/map" activeOptions={{ includeSearch: false }} activeProps={{ "aria-current": "page" }}>
          {text.header.map}
        </Link>
        <Link to="/agents" activeProps={{ "aria-current": "page" }}>
          {text.header.agentsPage}
        </Link>
        <Link to="/traces" search={{ guide: true }} activeProps={{}} className="quiet">
          {text.header.send}
        </Link>
      </nav>
      <span className="spacer" />
      <OpenTrace />
      <AgentState />
      <LanguageSwitch />
      <ThemeSwitch />
    </header>
  );
}

/** The browser would look for `#main` in the page that `<base>` names, and leave this one. */
function SkipLink() {
  const text = useText();
  const skip = (event: MouseEvent) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return (
    <a className="skip" href="#main" onClick={skip}>
      {text.header.skip}
    </a>
  );
}

/** Three spans of one trace. */
function Logo() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" focusable="false">
      <rect x="1" y="3" width="20" height="4.4" rx="2.2" fill="var(--service-0)" />
      <rect x="4" y="9" width="11" height="4.4" rx="2.2" fill="var(--service-4)" />
      <rect x="9" y="15" width="9" height="4.4" rx="2.2" fill="var(--service-5)" />
    </svg>
  );
}

/** Takes an id, short ones too, or a whole `traceparent` as it stands in a log. */
export function traceIdIn(words: string): string | undefined {
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i.exec(words.trim());
  const id = (parent?.[1] ?? words.trim()).toLowerCase();
  return /^(?!0+$)[0-9a-f]{1,32}$/.test(id) ? id : undefined;
}

function OpenTrace() {
  const text = useText();
  const navigate = useNavigate();
  const [words, setWords] = useState("");
  const [wrong, setWrong] = useState(false);
  const open = (event: FormEvent) => {
    event.preventDefault();
    const traceId = traceIdIn(words);
    setWrong(traceId === undefined);
    if (traceId !== undefined) {
      setWords("");
      void navigate({ to: "/trace/$traceId", params: { traceId }, search: {} });
    }
  };
  return (
    <search>
      <form className="open-trace field" onSubmit={open}>
        <Icon name="search" size={14} />
        <input
          type="text"
          value={words}
          spellCheck={false}
          autoComplete="off"
          aria-label={text.header.openTrace}
          aria-invalid={wrong}
          aria-describedby={wrong ? "open-trace-wrong" : undefined}
          placeholder={text.header.openTracePlaceholder}
          onChange={(event) => {
            setWords(event.target.value);
            setWrong(false);
          }}
        />
        {wrong && (
          <span id="open-trace-wrong" className="field-error" role="alert">
            {text.header.notATraceId}
          </span>
        )}
      </form>
    </search>
  );
}

function AgentState() {
  const text = useText();
  const agents = useQuery(agentsQuery(10_000));
  const connected = agents.data?.filter((agent) => agent.connected).length ?? 0;
  const tone = agents.isError ? "bad" : connected > 0 ? "good" : "idle";
  const words = agents.isError
    ? text.header.serverAway
    : connected > 0
      ? text.header.agents(connected)
      : text.header.noAgents;
  if (agents.isPending) {
    return null;
  }
  return (
    <span className={`agent-state ${tone}`} role="status">
      {words}
    </span>
  );
}

const SHORT: Record<Language, string> = { en: "EN", zh: "中文" };

function LanguageSwitch() {
  const { text, language, speak } = useSpeech();
  const options = (Object.keys(LANGUAGES) as Language[]).map((value) => ({
    value,
    label: LANGUAGES[value].languageName,
    face: <span lang={value === "zh" ? "zh-CN" : value}>{SHORT[value]}</span>,
  }));
  return <Segmented label={text.header.language} options={options} value={language} choose={speak} />;
}

const THEME_ICONS = { system: "screen", light: "sun", dark: "moon" } as const;

function ThemeSwitch() {
  const text = useText();
  const [theme, choose] = useTheme();
  const options = THEMES.map((value) => ({
    value,
    label: text.header.themes[value],
    icon: THEME_ICONS[value],
  }));
  return <Segmented label={text.header.theme} options={options} value={theme} choose={choose} />;
}
