// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { cleanup, configure, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SpeechProvider } from "../src/i18n";
import { makeRouter } from "../src/router";
import { type SpanSpec, START, answerOf } from "./traces";

/** Answers by path; a function is asked with the query. A missing path is a server that does not answer. */
type Server = Record<string, object | ((query: URLSearchParams) => object)>;

const SUMMARY = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  start: String(START),
  durationNs: "12400000",
  rootService: "web",
  rootName: "<b>GET</b> /cart",
  spanCount: 3,
  errorCount: 1,
  services: ["web", "cart"],
};

const AGENT = {
  identity: "1",
  host: "node-a",
  version: "1",
  otlp: ["http://10.0.0.7:4318", "http://x; rm -rf /"],
  connected: true,
};

// For a busy machine: every wait below is for a condition.
configure({ asyncUtilTimeout: 20_000 });

let requests: URL[] = [];

function serve(server: Server, refusals: Record<string, Response> = {}): void {
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

function open(path: string) {
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

async function expectNoAxeViolations(): Promise<void> {
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

describe("the traces page", () => {
  const services = { services: [{ name: "web", spanCount: 7 }] };
  const agents = { agents: [AGENT] };

  it("lists the newest traces as text, never as markup", async () => {
    serve({
      "/v1/traces": { traces: [SUMMARY], truncated: false },
      "/v1/services": services,
      "/v1/agents": agents,
    });
    open("/traces");

    const link = await screen.findByRole("link", { name: /<b>GET<\/b> \/cart/ });
    expect(link.getAttribute("href")).toBe("/trace/0af7651916cd43dd8448eb211c80319c");
    expect(document.querySelector("b")).toBeNull();
    const row = link.closest("tr");
    expect(row?.textContent).toContain("12.4 ms");
    await expectNoAxeViolations();
  });

  it("asks for what the URL says", async () => {
    serve({
      "/v1/traces": { traces: [SUMMARY], truncated: false },
      "/v1/services": services,
      "/v1/agents": agents,
    });
    open(
      "/traces?from=2026-11-23T10:00:00.000Z&to=2026-11-23T11:00:00.000Z&service=web&errors=true&limit=50",
    );
    await screen.findByText("12.4 ms");

    const query = requests.find((url) => url.pathname === "/v1/traces")?.searchParams;
    expect(Object.fromEntries(query ?? [])).toEqual({
      start: "1795428000000000000",
      end: "1795431600000000000",
      service: "web",
      errors: "true",
      limit: "50",
    });
  });

  it("says that the list was cut, and shows more when asked", async () => {
    serve({
      "/v1/traces": { traces: [SUMMARY], truncated: true },
      "/v1/services": services,
      "/v1/agents": agents,
    });
    const router = open("/traces?live=false");

    await screen.findByText(/Only the newest 1 traces/);
    fireEvent.click(screen.getByRole("button", { name: "Show 200" }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ live: "false", limit: "200" }));
  });

  it("without any trace shows how to send the first, with the agent's address and nothing that a shell would run", async () => {
    serve({
      "/v1/traces": { traces: [], truncated: false },
      "/v1/services": { services: [] },
      "/v1/agents": agents,
    });
    open("/traces");

    const java = await screen.findByRole("region", { name: "Java, without a change to the code" });
    expect(java.textContent).toContain("OTEL_EXPORTER_OTLP_ENDPOINT=http://10.0.0.7:4318");
    expect(java.textContent).toContain("OTEL_METRICS_EXPORTER=none");
    expect(java.textContent).toContain("OTEL_LOGS_EXPORTER=none");
    expect(screen.getByRole("region", { name: "OpenTelemetry Collector" }).textContent).toContain(
      "traces_endpoint: http://10.0.0.7:4318/api/v1/otel/trace",
    );
    expect(document.body.textContent).not.toContain("rm -rf");
    await expectNoAxeViolations();
  });

  it("without a trace in range says where the newest is", async () => {
    serve({
      "/v1/traces": (query) => ({ traces: query.has("start") ? [] : [SUMMARY], truncated: false }),
      "/v1/services": services,
      "/v1/agents": agents,
    });
    open("/traces?service=cart");

    await screen.findByText("No trace in this range passes the filters.");
    expect(screen.getByRole("link", { name: "Show it" }).getAttribute("href")).toBe(
      `/trace/${SUMMARY.traceId}`,
    );
    expect(screen.getByRole("button", { name: "Clear the filters" })).toBeTruthy();
  });

  it("says what to do when the server does not answer", async () => {
    serve({});
    open("/traces");

    expect((await screen.findByRole("alert")).textContent).toContain("./deepflow up");
  });

  it("passes on the server's own words and advice", async () => {
    serve(
      { "/v1/services": services, "/v1/agents": agents },
      {
        "/v1/traces": Response.json(
          { error: "range too long", hint: "Ask for 30 days or fewer." },
          { status: 400 },
        ),
      },
    );
    open("/traces");

    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("range too long");
    expect(alert.textContent).toContain("Ask for 30 days or fewer.");
  });

  it("speaks Chinese when told so, and remembers", async () => {
    serve({
      "/v1/traces": { traces: [SUMMARY], truncated: false },
      "/v1/services": services,
      "/v1/agents": agents,
    });
    open("/traces");

    fireEvent.click(await screen.findByRole("button", { name: "中文" }));
    expect((await screen.findAllByText("调用链")).length).toBeGreaterThan(0);
    expect(document.documentElement.lang).toBe("zh-CN");
    expect(localStorage.getItem("deepflow.language")).toBe("zh");
  });
});

describe("the trace page", () => {
  const path = "/trace/0af7651916cd43dd8448eb211c80319c";
  const hostile = '<img src=x onerror="alert(1)">';
  const spans: SpanSpec[] = [
    { id: "1", name: "root", duration: 1_000_000, service: "web" },
    {
      id: "2",
      parent: "1",
      start: 100,
      duration: 500_000,
      name: hostile,
      service: "cart",
      error: true,
      attributes: [
        { key: hostile, value: { stringValue: hostile } },
        { key: "site", value: { stringValue: "https://example.com/a" } },
        { key: "trap", value: { stringValue: "javascript:alert(1)" } },
        { key: "answer", value: { intValue: "9007199254740993" } },
        { key: "nested", value: { kvlistValue: { values: [{ key: "inner", value: { boolValue: true } }] } } },
        { key: "nothing", value: {} },
      ],
    },
    { id: "3", parent: "2", start: 200, duration: 100, name: "leaf" },
    { id: "4", parent: "99", start: 300, duration: 100, name: "lost" },
  ];
  const server: Server = {
    [`/api/v2${path.replace("trace", "traces")}`]: answerOf(spans),
    "/v1/agents": { agents: [] },
  };
  const rows = () => screen.getAllByRole("row").slice(1);

  it("shows the spans as a tree grid that says its size and levels", async () => {
    serve(server);
    open(path);

    const grid = await screen.findByRole("treegrid");
    await waitFor(() => expect(rows().length).toBe(4));
    expect(grid.getAttribute("aria-rowcount")).toBe("5");
    expect(rows().map((row) => row.getAttribute("aria-level"))).toEqual(["1", "2", "3", "1"]);
    expect(rows()[3]?.textContent).toContain("Its parent is not in the trace");
    await expectNoAxeViolations();
  });

  it("shows details with types, hostile text as text, and links for web addresses alone", async () => {
    serve(server);
    open(`${path}?span=0000000000000002`);

    const panel = await screen.findByRole("complementary");
    expect(within(panel).getAllByText(hostile).length).toBe(3);
    expect(document.querySelector("img")).toBeNull();
    expect(
      within(panel)
        .getAllByRole("link")
        .map((link) => link.getAttribute("href")),
    ).toEqual(["https://example.com/a"]);
    expect(within(panel).getByText("9007199254740993").className).toContain("int");
    expect(within(panel).getByText("inner")).toBeTruthy();
    await expectNoAxeViolations();
  });

  it("is walked with the keyboard, and the URL tells what is open", async () => {
    serve(server);
    const router = open(path);
    await waitFor(() => expect(rows().length).toBe(4));
    const press = (key: string) => fireEvent.keyDown(document.body, { key });

    press("j");
    press("j");
    press("Enter");
    await screen.findByRole("complementary");
    expect(router.state.location.search).toEqual({ span: "0000000000000002" });
    press("h");
    await waitFor(() => expect(rows().length).toBe(3));
    expect(router.state.location.search).toEqual({ span: "0000000000000002", fold: "0000000000000002" });
    press("l");
    await waitFor(() => expect(rows().length).toBe(4));
    press("Escape");
    await waitFor(() => expect(router.state.location.search).toEqual({}));
    press("?");
    expect((await screen.findByRole("dialog")).textContent).toContain("Next span");
  });

  it("finds words and goes to the match", async () => {
    serve(server);
    const router = open(`${path}?q=leaf`);
    await waitFor(() => expect(rows().filter((row) => row.className.includes("matched")).length).toBe(1));

    fireEvent.click(screen.getByRole("button", { name: "Matches only" }));
    await waitFor(() => expect(rows().length).toBe(3));
    expect(router.state.location.search).toEqual({ q: "leaf", only: "true" });
  });

  it("keeps looking for a trace that is not there yet", async () => {
    serve(
      { "/v1/agents": { agents: [] } },
      { [`/api/v2/traces/abc`]: Response.json({ error: "trace not found" }, { status: 404 }) },
    );
    open("/trace/abc");

    expect(await screen.findByText("This trace is not here")).toBeTruthy();
    const looks = () => requests.filter((url) => url.pathname === "/api/v2/traces/abc").length;
    await waitFor(() => expect(looks()).toBeGreaterThan(1));
  });

  it("has only rows in sight in the page, of however many", async () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({
      id: (i + 1).toString(16),
      start: i,
      ...(i > 0 && { parent: "1" }),
    }));
    serve({ ...server, [`/api/v2${path.replace("trace", "traces")}`]: answerOf(many) });
    open(path);

    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    expect(rows().length).toBeLessThan(100);
    expect(screen.getByRole("treegrid").getAttribute("aria-rowcount")).toBe("5001");
  });
});
