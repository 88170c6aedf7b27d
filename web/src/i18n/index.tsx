import { type ReactNode, createContext, useContext, useEffect, useMemo } from "react";
import { usePreference } from "../ui/preference";
import { type Messages, en } from "./en";
import { zh } from "./zh";

export const LANGUAGES = { en, zh } as const satisfies Record<string, Messages>;

export type Language = keyof typeof LANGUAGES;

/** For `lang` attributes and Intl. */
const TAGS: Record<Language, string> = { en: "en", zh: "zh-CN" };

interface Speech {
  readonly text: Messages;
  readonly language: Language;
  /** BCP 47 */
  readonly tag: string;
  readonly speak: (language: Language) => void;
}

const SpeechContext = createContext<Speech>({ text: en, language: "en", tag: "en", speak: () => {} });

/** The reader's own choice, else the first language of the browser that we have. */
export function preferredLanguage(wanted: readonly string[]): Language {
  const known = wanted
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => Object.hasOwn(LANGUAGES, tag));
  return (known ?? "en") as Language;
}

function asLanguage(saved: string | undefined): Language | undefined {
  return saved !== undefined && Object.hasOwn(LANGUAGES, saved) ? (saved as Language) : undefined;
}

export function SpeechProvider({ children }: { readonly children: ReactNode }) {
  const [saved, speak] = usePreference("language");
  const language = asLanguage(saved) ?? preferredLanguage(navigator.languages);
  const speech = useMemo(
    () => ({ text: LANGUAGES[language], language, tag: TAGS[language], speak }),
    [language, speak],
  );
  useEffect(() => {
    document.documentElement.lang = speech.tag;
  }, [speech.tag]);
  return <SpeechContext value={speech}>{children}</SpeechContext>;
}

export function useSpeech(): Speech {
  return useContext(SpeechContext);
}

/** The words of the reader's language. */
export function useText(): Messages {
  return useContext(SpeechContext).text;
}
