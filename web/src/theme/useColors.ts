import { useEffect, useState } from "react";
import { HUES } from "./serviceColors";

/** Colours as a canvas needs them: resolved for the theme that is on. */
export interface Colors {
  readonly services: readonly string[];
  readonly error: string;
}

export function useColors(): Colors {
  const [colors, setColors] = useState(resolve);
  useEffect(() => {
    const read = () => setColors(resolve());
    read();
    const system = globalThis.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", read);
    const chosen = new MutationObserver(read);
    chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", read);
      chosen.disconnect();
    };
  }, []);
  return colors;
}

/** A canvas knows neither `var()` nor `light-dark()`, so an element has to work them out. */
function resolve(): Colors {
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colors = {
    services: Array.from({ length: HUES }, (_, hue) => read(`--service-${hue}`)),
    error: read("--error"),
  };
  probe.remove();
  return colors;
}
