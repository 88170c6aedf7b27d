import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { cleanup, configure, fireEvent, render } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { SpeechProvider } from "../src/i18n";
import { makeRouter } from "../src/router";
import { START } from "./traces";

/** Answers by path; a function is asked with the query. A missing path is a server that does not answer. */
export type Server = Record<string, object | ((query: URLSearchParams) => object)>;

export const SUMMARY = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  start: String(START),
  durationNs: "12400000",
  rootService: "web",
  rootName: "<b>GET</b> /cart",
  spanCount: 3,
  errorCount: 1,
  services: ["web", "cart"],
};

export const AGENT = {
  identity: "1",
  host: "node-a",
  version: "1",
  otlp: ["http://10.0.0.7:4318", "http://x; rm -rf /"],
  connected: true,
};

// For a busy machine: every wait below is for a condition.
configure({ asyncUtilTimeout: 20_000 });

let requests: URL[] = [];

/** What was asked of a path, in order. */
export function asked(path: string): readonly URLSearchParams[] {
  return requests.filter((url) => url.pathname === path).map((url) => url.searchParams);
}

export function serve(server: Server, refusals: Record<string, Response> = {}): void {
  vi.stubGlobal("fetch", (url: URL) => {
    requests.push(url);
    const refusal = refusals[url.pathname];
    if (refusal) {
      return Promise.resolve(refusal.clone());
    }
    const answer = server[url.pathname];
    if (answer === undefined) {
      return Promise.reject(new TypeError("Failed to fetch"));
    }
    return Promise.resolve(Response.json(typeof answer === "function" ? answer(url.searchParams) : answer));
  });
}

export function open(path: string) {
  history.replaceState(null, "", path);
  const router = makeRouter("/");
  render(
    <SpeechProvider>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </SpeechProvider>,
  );
  return router;
}

/** Types into the middle: the words are there at once and the caret stays where it is, however late the URL follows. */
export function expectTyped(input: HTMLElement, words: string): void {
  fireEvent.change(input, { target: { value: words, selectionStart: 1, selectionEnd: 1 } });
  const { value, selectionStart } = input as HTMLInputElement;
  expect({ value, selectionStart }).toEqual({ value: words, selectionStart: 1 });
}

export async function expectNoAxeViolations(): Promise<void> {
  // Colours and sizes need a real browser.
  const { violations } = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
}

beforeEach(() => {
  requests = [];
  document.head.innerHTML = '<base href="/">';
  localStorage.clear();
  localStorage.setItem("deepflow.language", "en");
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
  vi.stubGlobal("scrollTo", () => {});
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  // jsdom lays nothing out: everything is 800 by 600, so that virtual rows have a window to be in.
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 0, 800, 600));
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
  // jsdom has no scrolling either.
  Element.prototype.scrollIntoView = () => {};
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
