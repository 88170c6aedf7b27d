/** Keys mean letters while somebody types. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.matches("input, select, textarea") || target.isContentEditable)
  );
}

export function isPlain(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
}

/** A dialog that is open has the keys. */
export function inDialog(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
