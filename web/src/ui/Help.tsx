import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, type RefObject, createContext, useContext, useEffect, useMemo, useRef } from "react";
import { useText } from "../i18n";
import { Icon } from "./Icon";
import { inDialog, isPlain, isTyping } from "./keys";

const HelpContext = createContext(() => {});

/** Opens the list of keys. */
export function useHelp(): () => void {
  return useContext(HelpContext);
}

/** Keys that work on every page, and the dialog that lists all keys. */
export function HelpProvider({ children }: { readonly children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const show = useMemo(() => () => dialog.current?.showModal(), []);
  useEverywhereKeys(show);
  return (
    <HelpContext value={show}>
      {children}
      <Help dialog={dialog} />
    </HelpContext>
  );
}

/** How long `g` waits for the letter that says where to go. */
const CHORD_MS = 1_500;

/** Before the keys of a page, so that the second letter after `g` is not one of the page's. */
function useEverywhereKeys(show: () => void): void {
  const navigate = useNavigate();
  const chordMs = useRef(-Infinity);
  useEffect(() => {
    const goTo = (key: string): boolean => {
      if (key === "t") {
        void navigate({ to: "/traces" });
      } else if (key === "s") {
        void navigate({ to: "/services" });
      } else if (key === "m") {
        void navigate({ to: "/map" });
      }
      return key === "t" || key === "s" || key === "m";
    };
    const meant = (event: KeyboardEvent): boolean => {
      const chord = event.timeStamp - chordMs.current < CHORD_MS;
      chordMs.current = event.key === "g" ? event.timeStamp : -Infinity;
      if (event.key === "/") {
        return focusSearch();
      }
      if (event.key === "?") {
        show();
        return true;
      }
      return event.key === "g" || (chord && goTo(event.key));
    };
    const listen = (event: KeyboardEvent) => {
      if (isPlain(event) && !isTyping(event.target) && !inDialog() && meant(event)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    };
    globalThis.addEventListener("keydown", listen, { capture: true });
    return () => globalThis.removeEventListener("keydown", listen, { capture: true });
  }, [navigate, show]);
}

/** Each page marks its own search box. */
function focusSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>('input[aria-keyshortcuts="/"]');
  box?.focus();
  box?.select();
  return box !== null;
}

type Rows = readonly (readonly [keys: readonly string[], words: string])[];

/** A modal dialog of the browser, which keeps the focus inside by itself. */
function Help({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  const text = useText();
  const { keys } = text;
  const everywhere: Rows = [
    [["g", "t"], keys.goTraces],
    [["g", "s"], keys.goServices],
    [["g", "m"], keys.goMap],
    [["/"], keys.search],
    [["?"], keys.help],
  ];
  const trace: Rows = [
    [["j", "↓"], keys.down],
    [["k", "↑"], keys.up],
    [["l", "→"], keys.unfold],
    [["h", "←"], keys.fold],
    [["Enter"], keys.enter],
    [["f", "b"], `${keys.next} / ${keys.previous}`],
    [["e", "E"], `${keys.error} / ${keys.errorBefore}`],
    [["c"], keys.path],
    [["r"], keys.repeats],
    [["w", "s"], `${keys.zoomIn} / ${keys.zoomOut}`],
    [["a", "d"], `${keys.panLeft} / ${keys.panRight}`],
    [["0"], keys.reset],
    [["−", "+"], keys.foldAll],
    [["Home", "End"], keys.ends],
    [["Esc"], keys.escape],
  ];
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title">
      <div className="help-head">
        <h2 id="help-title">{keys.title}</h2>
        <button
          type="button"
          className="icon-button"
          onClick={() => dialog.current?.close()}
          aria-label={text.common.close}
        >
          <Icon name="close" />
        </button>
      </div>
      <KeyList title={keys.everywhere} rows={everywhere} />
      <KeyList title={keys.inTrace} rows={trace} />
    </dialog>
  );
}

function KeyList({ title, rows }: { readonly title: string; readonly rows: Rows }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {rows.map(([names, words]) => (
          <div key={words}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
