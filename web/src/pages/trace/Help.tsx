import { useEffect, useRef } from "react";
import { useText } from "../../i18n";
import { Icon } from "../../ui/Icon";

/** The keys of the page. A modal dialog of the browser, which keeps the focus inside by itself. */
export function Help({ open, close }: { readonly open: boolean; readonly close: () => void }) {
  const text = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const { keys } = text;
  useEffect(() => {
    if (open) {
      dialog.current?.showModal();
    } else {
      dialog.current?.close();
    }
  }, [open]);
  const rows: readonly [readonly string[], string][] = [
    [["j", "↓"], keys.down],
    [["k", "↑"], keys.up],
    [["l", "→"], keys.unfold],
    [["h", "←"], keys.fold],
    [["Enter"], keys.enter],
    [["/"], keys.search],
    [["f", "b"], `${keys.next} / ${keys.previous}`],
    [["e"], keys.error],
    [["c"], keys.path],
    [["w", "s"], `${keys.zoomIn} / ${keys.zoomOut}`],
    [["a", "d"], `${keys.panLeft} / ${keys.panRight}`],
    [["0"], keys.reset],
    [["−", "+"], keys.foldAll],
    [["Home", "End"], keys.ends],
    [["Esc"], keys.escape],
    [["?"], keys.help],
  ];
  return (
    <dialog ref={dialog} className="help" onClose={close} aria-labelledby="help-title">
      <header>
        <h2 id="help-title">{keys.title}</h2>
        <button type="button" className="icon-button" onClick={close} aria-label={text.common.close}>
          <Icon name="close" />
        </button>
      </header>
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
    </dialog>
  );
}
