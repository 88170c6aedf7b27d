import { useEffect } from "react";
import { readPreference, usePreference } from "../ui/preference";

export const THEMES = ["system", "light", "dark"] as const;

export type Theme = (typeof THEMES)[number];

function asTheme(saved: string | undefined): Theme {
  return THEMES.find((theme) => theme === saved) ?? "system";
}

/** tokens.css does the rest: every colour is a `light-dark()` pair. */
function apply(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

/** Before the first paint, so that nothing flashes. */
export function applySavedTheme(): void {
  apply(asTheme(readPreference("theme")));
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [saved, choose] = usePreference("theme");
  const theme = asTheme(saved);
  useEffect(() => apply(theme), [theme]);
  return [theme, choose];
}
