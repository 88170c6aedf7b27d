import { describe, expect, it } from "vitest";
import { LANGUAGES, preferredLanguage } from "../src/i18n";
import { en } from "../src/i18n/en";

/** `header.themes.dark` → its value, for all leaves. */
function leaves(node: object, path = ""): [string, unknown][] {
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null
      ? leaves(value, `${path}${key}.`)
      : [[path + key, value] as [string, unknown]],
  );
}

/** Names and notations that are the same in every language. */
const SAME =
  /^(product|traces\.moreServices|trace\.copyTraceId|span\.(traceState|scope|schemaUrl)|guide\.collector$)/;

describe.each(Object.entries(LANGUAGES))("the words in %s", (_language, words) => {
  const all = new Map(leaves(words));

  it("are there for every key, and for no other", () => {
    expect([...all.keys()].sort()).toEqual(
      leaves(en)
        .map(([key]) => key)
        .sort(),
    );
  });

  it("are of the same kind as in English and never empty", () => {
    for (const [key, value] of leaves(en)) {
      const word = all.get(key);
      expect(`${key}: ${typeof word}`).toBe(`${key}: ${typeof value}`);
      expect(`${key}: ${String(word)}`).not.toBe(`${key}: `);
    }
  });
});

describe("the words in Chinese", () => {
  it("are translated", () => {
    const all = new Map(leaves(LANGUAGES.zh));
    const untranslated = leaves(en).filter(
      ([key, value]) => typeof value === "string" && all.get(key) === value && !SAME.test(key),
    );

    expect(untranslated.map(([key]) => key)).toEqual([]);
  });
});

describe("the first language", () => {
  it.each([
    [["zh-TW", "en"], "zh"],
    [["de-DE", "zh-CN"], "zh"],
    [["fr"], "en"],
    [[], "en"],
  ])("of %j is %s", (wanted, language) => {
    expect(preferredLanguage(wanted)).toBe(language);
  });
});
