import { useCallback, useSyncExternalStore } from "react";

/** What a reader chose once and for all pages; everything else is in the URL. */
type Preference = "language" | "theme" | "nameWidth" | "panelWidth";

const listeners = new Set<() => void>();

/** For browsers that refuse storage: the choice then lives as long as the page. */
const fallback = new Map<string, string>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  globalThis.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    globalThis.removeEventListener("storage", listener);
  };
}

export function readPreference(name: Preference): string | undefined {
  try {
    return localStorage.getItem(`deepflow.${name}`) ?? fallback.get(name);
  } catch {
    return fallback.get(name);
  }
}

export function writePreference(name: Preference, value: string): void {
  fallback.set(name, value);
  try {
    localStorage.setItem(`deepflow.${name}`, value);
  } catch {
    // Refused by the browser's settings: `fallback` has it.
  }
  for (const listener of listeners) {
    listener();
  }
}

export function usePreference(name: Preference): [string | undefined, (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => readPreference(name));
  const write = useCallback((next: string) => writePreference(name, next), [name]);
  return [value, write];
}
