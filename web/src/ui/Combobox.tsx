import { type KeyboardEvent, type Ref, useEffect, useId, useMemo, useRef, useState } from "react";
import { useText } from "../i18n";
import { type Choice, matching } from "./matching";
import { Icon, type IconName } from "./Icon";

interface ComboboxProps {
  readonly label: string;
  readonly placeholder: string;
  /** What holds now; shown while nobody types. */
  readonly value: string;
  readonly choices: readonly Choice[];
  /** Called with what was picked, or typed and confirmed. */
  readonly commit: (value: string) => void;
  /** Typed words count when the focus goes elsewhere too. */
  readonly commitOnLeave?: boolean;
  /** Choices may be fetched from now on. */
  readonly entered?: () => void;
  readonly icon?: IconName;
  readonly mono?: boolean;
  readonly shortcut?: string;
  readonly inputRef?: Ref<HTMLInputElement>;
  readonly className?: string;
}

/** A text field that proposes what there is, after the ARIA pattern "combobox with listbox popup". Any text may be entered. */
export function Combobox(props: ComboboxProps) {
  const { label, placeholder, value, choices, icon, shortcut, entered, inputRef, className = "" } = props;
  const words = props.mono ? "mono" : undefined;
  const text = useText().common;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const box = useChoice(props);
  const { open, shown, active } = box;
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const listed = open && shown.length > 0;
  return (
    <div className={`field combobox ${value === "" ? "" : "filled"} ${className}`}>
      {icon && <Icon name={icon} size={14} />}
      <input
        ref={inputRef}
        type="text"
        role="combobox"
        className={words}
        value={box.words}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        aria-label={label}
        aria-expanded={listed}
        aria-controls={listed ? id : undefined}
        aria-autocomplete="list"
        aria-activedescendant={listed && active >= 0 ? `${id}-${active}` : undefined}
        aria-keyshortcuts={shortcut}
        onFocus={(event) => {
          entered?.();
          event.currentTarget.select();
        }}
        onClick={box.show}
        onChange={(event) => box.type(event.target.value)}
        onKeyDown={box.press}
        onBlur={box.leave}
      />
      {value !== "" ? (
        <button
          type="button"
          className="icon-button clear"
          tabIndex={-1}
          aria-label={text.clearOf(label)}
          onClick={() => box.finish("")}
        >
          <Icon name="close" size={12} />
        </button>
      ) : (
        choices.length > 0 && <Icon name="down" size={12} />
      )}
      {listed && (
        <div ref={list} id={id} role="listbox" aria-label={label} className="choices">
          {shown.map((choice, i) => (
            // The keys are those of the input, which keeps the focus.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={choice.value}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === active}
              // Else the input would lose the focus, and the list would be gone before the click.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => box.finish(choice.value)}
            >
              <bdi className={words}>{choice.value}</bdi>
              {choice.note !== undefined && <span className="soft tabular">{choice.note}</span>}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

/** What is typed, which choice is the active one, and what keys do about it. */
function useChoice({ value, choices, commit, commitOnLeave = false }: ComboboxProps) {
  const [draft, setDraft] = useState<string>();
  // What a commit does may move the focus, and the input be left, before the state is set: this is what counts then.
  const typed = useRef<string>(undefined);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const shown = useMemo(() => (open ? matching(choices, draft ?? "") : []), [open, choices, draft]);
  const words = draft ?? value;
  const rest = () => {
    typed.current = undefined;
    setDraft(undefined);
    setOpen(false);
    setActive(-1);
  };
  const finish = (next: string) => {
    rest();
    if (next !== value) {
      commit(next);
    }
  };
  const step = (by: number) => {
    setOpen(true);
    const count = shown.length + 1;
    // One place is that of the input itself.
    setActive(open ? ((active + 1 + by + count) % count) - 1 : -1);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    const actions: Record<string, () => void> = {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      // A choice is taken as it is; blanks round typed words are nobody's wish.
      Enter: () => finish(shown[active]?.value ?? draft?.trim() ?? value),
      Escape: rest,
    };
    const action = event.nativeEvent.isComposing ? undefined : actions[event.key];
    if (action) {
      event.preventDefault();
      event.stopPropagation();
      action();
    }
  };
  return {
    words,
    open,
    shown,
    active: Math.min(active, shown.length - 1),
    press,
    finish,
    show: () => setOpen(true),
    type: (next: string) => {
      typed.current = next;
      setDraft(next);
      setOpen(true);
      setActive(-1);
    },
    leave: () => (commitOnLeave && typed.current !== undefined ? finish(typed.current.trim()) : rest()),
  };
}
