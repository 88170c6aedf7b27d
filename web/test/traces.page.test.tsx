// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { AGENT, SUMMARY, type Server, asked, expectNoAxeViolations, open, serve } from "./page";

describe("the traces page", () => {
  const services = { services: [{ name: "web", spanCount: 7 }] };
  const agents = { agents: [AGENT] };
  const server: Server = {
    "/v1/traces": { traces: [SUMMARY] },
    "/v1/services": services,
    "/v1/agents": agents,
  };

  it("lists the newest traces as text, never as markup", async () => {
    serve(server);
    open("/traces");

    const link = await screen.findByRole("link", { name: /<b>GET<\/b> \/cart/ });
    expect(link.getAttribute("href")).toBe("/trace/0af7651916cd43dd8448eb211c80319c");
    expect(document.querySelector("b")).toBeNull();
    const row = link.closest("tr");
    expect(row?.textContent).toContain("12.4 ms");
    await expectNoAxeViolations();
  });

  it("asks for what the URL says", async () => {
    serve(server);
    open(
      "/traces?from=2026-11-23T10:00:00.000Z&to=2026-11-23T11:00:00.000Z&service=web&name=GET+/&status=error" +
        "&minDuration=100ms&maxDuration=2s&attribute=tier%3Dgold&attribute=a%3Db%3Dc&q=%7B+kind%3Dserver+%7D&sort=slowest",
    );
    await screen.findByText("12.4 ms");

    const query = asked("/v1/traces")[0];
    expect(query?.getAll("attribute")).toEqual(["tier=gold", "a=b=c"]);
    expect(Object.fromEntries(query ?? [])).toEqual({
      start: "1795428000000000000",
      end: "1795431600000000000",
      service: "web",
      name: "GET /",
      status: "error",
      minDuration: "100ms",
      maxDuration: "2s",
      attribute: "a=b=c",
      q: "{ kind=server }",
      sort: "slowest",
      limit: "100",
    });
    await expectNoAxeViolations();
  });

  it("says that it shows what was counted as an error, and lets go of it", async () => {
    serve(server);
    const router = open("/traces?live=false&service=web&status=failed");
    await screen.findByText("12.4 ms");

    expect(asked("/v1/traces")[0]?.get("status")).toBe("failed");
    expect(screen.getByRole("button", { name: "Failed" }).getAttribute("aria-pressed")).toBe("true");
    fireEvent.click(screen.getByRole("button", { name: "Any" }));
    await waitFor(() => expect(router.state.location.search).toEqual({ live: "false", service: "web" }));
    expect(screen.queryByRole("button", { name: "Failed" })).toBeNull();
  });

  it("keeps the filter of a link to the first page", async () => {
    serve(server);
    const router = open("/?status=error&view=differences");
    await waitFor(() => expect(router.state.location.pathname).toBe("/traces"));

    expect(router.state.location.search).toEqual({ status: "error", view: "differences" });
  });

  it("shows how many spans matched, when there was something to match", async () => {
    serve({ ...server, "/v1/traces": { traces: [{ ...SUMMARY, matched: 2 }] } });
    open("/traces?status=error&live=false");

    await screen.findByRole("columnheader", { name: "Matched" });
    const cells = screen.getAllByRole("row")[1]?.querySelectorAll("td");
    expect(Array.from(cells ?? [], (cell) => cell.textContent)).toContain("2");
  });

  it("loads more by the cursor, asks the same again, and stands still while it shows more than a page", async () => {
    const more = { ...SUMMARY, traceId: "1".repeat(32), rootName: "older" };
    serve({
      ...server,
      "/v1/traces": (query) =>
        query.has("cursor") ? { traces: [more] } : { traces: [SUMMARY], next: "opaque/+=" },
    });
    open("/traces");

    fireEvent.click(await screen.findByRole("button", { name: "Show more" }));
    await screen.findByRole("link", { name: /older/ });
    expect(screen.getAllByRole("row").length).toBe(3);
    const queries = asked("/v1/traces");
    const last = queries.at(-1);
    expect(last?.get("cursor")).toBe("opaque/+=");
    expect(queries.some((query) => !query.has("cursor") && query.get("end") === last?.get("end"))).toBe(true);
    expect(screen.getAllByText(/Live pauses/).length).toBeGreaterThan(0);
    const settled = asked("/v1/traces").length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(asked("/v1/traces").length).toBe(settled);

    fireEvent.click(screen.getByRole("button", { name: "Back to the first page" }));
    await waitFor(() => expect(screen.getAllByRole("row").length).toBe(2));
  });

  it("stands still while somebody points at its rows or has the focus in one, and no longer", async () => {
    const both = { ...server, "/v1/differences": { selected: 0, others: 9, attributes: [], operations: [] } };
    serve(both);
    const router = open("/traces?status=error");
    const link = await screen.findByRole("link", { name: /cart/ });
    const [, rows] = screen.getAllByRole("rowgroup");
    const held = () => screen.queryByText("Held while you are at the list") !== null;

    // jsdom doesn't know who has the focus by the keyboard.
    const focus = (by: "keyboard" | "pointer") => {
      const value = (selector: string) => by === "keyboard" && selector === ":focus-visible";
      Object.defineProperty(link, "matches", { configurable: true, value });
      link.focus();
    };
    focus("pointer");
    expect(held()).toBe(false);
    link.blur();

    fireEvent.pointerEnter(rows ?? document.body);
    focus("keyboard");
    await waitFor(() => expect(held()).toBe(true));
    fireEvent.pointerLeave(rows ?? document.body);
    expect(held()).toBe(true);
    link.blur();
    await waitFor(() => expect(held()).toBe(false));

    focus("keyboard");
    await waitFor(() => expect(held()).toBe(true));
    serve({ ...both, "/v1/traces": { traces: [{ ...SUMMARY, traceId: "f".repeat(32) }] } });
    fireEvent.click(screen.getByRole("button", { name: "Refresh" }));
    await waitFor(() => expect(document.contains(link)).toBe(false));
    await waitFor(() => expect(held()).toBe(false));

    // The row comes back, and nobody has the focus in it any more.
    serve(both);
    fireEvent.click(screen.getByRole("button", { name: "Refresh" }));
    await screen.findByRole("link", { name: /cart/ });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(held()).toBe(false);

    fireEvent.pointerEnter(rows ?? document.body);
    await waitFor(() => expect(held()).toBe(true));
    await router.navigate({ to: "/traces", search: { status: "error", view: "differences" } });
    await screen.findByText(/Loosen it/);
    await waitFor(() => expect(held()).toBe(false));
  });

  it("takes conditions from the filter bar into the URL, and back", async () => {
    serve(server);
    const router = open("/traces?live=false");
    const search = () => router.state.location.search;
    await screen.findByText("12.4 ms");

    const service = screen.getByRole("combobox", { name: "Service" });
    fireEvent.focus(service);
    fireEvent.change(service, { target: { value: "we" } });
    fireEvent.click(await screen.findByRole("option", { name: /web/ }));
    await waitFor(() => expect(search()).toEqual({ live: "false", service: "web" }));

    fireEvent.click(screen.getByRole("button", { name: "Error" }));
    await waitFor(() => expect(search()).toMatchObject({ status: "error" }));

    const least = screen.getByRole("textbox", { name: "The trace takes at least" });
    fireEvent.change(least, { target: { value: "soon" } });
    expect((await screen.findByRole("alert")).textContent).toContain("100ms");
    fireEvent.change(least, { target: { value: "250" } });
    fireEvent.keyDown(least, { key: "Enter" });
    await waitFor(() => expect(search()).toMatchObject({ minDuration: "250ms" }));

    fireEvent.click(screen.getByRole("button", { name: "Slowest" }));
    await waitFor(() => expect(search()).toMatchObject({ sort: "slowest" }));
    router.history.back();
    await waitFor(() => expect(search()).not.toHaveProperty("sort"));

    fireEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
    await waitFor(() => expect(search()).toEqual({ live: "false" }));
  });

  it("completes an attribute's key and value and makes a chip of them", async () => {
    serve({
      ...server,
      "/api/v2/search/tags": {
        scopes: [
          { name: "span", tags: ["customer.tier", "tier=x", "http.route"] },
          { name: "resource", tags: ["service.name"] },
          { name: "intrinsic", tags: ["duration"] },
        ],
      },
      "/api/v2/search/tag/span.customer.tier/values": {
        tagValues: [
          { type: "string", value: "gold" },
          { type: "string", value: "basic" },
        ],
      },
    });
    const router = open("/traces?live=false");
    await screen.findByText("12.4 ms");

    const key = screen.getByRole("combobox", { name: "Attribute key" });
    key.focus();
    fireEvent.change(key, { target: { value: "tier" } });
    await screen.findByRole("option", { name: /customer.tier/ });
    // A filter would cut it in two.
    expect(screen.queryByRole("option", { name: /tier=x/ })).toBeNull();
    await expectNoAxeViolations();
    expect(screen.queryByRole("option", { name: /duration/ })).toBeNull();
    fireEvent.keyDown(key, { key: "ArrowDown" });
    fireEvent.keyDown(key, { key: "Enter" });
    const value = screen.getByRole("combobox", { name: "Value" });
    await waitFor(() => expect(document.activeElement).toBe(value));
    fireEvent.click(value);
    fireEvent.click(await screen.findByRole("option", { name: "gold" }));

    await waitFor(() =>
      expect(router.state.location.search).toEqual({ live: "false", attribute: "customer.tier=gold" }),
    );
    fireEvent.click(await screen.findByRole("button", { name: "Remove customer.tier = gold" }));
    await waitFor(() => expect(router.state.location.search).toEqual({ live: "false" }));
  });

  it("takes no attribute more than the server does, and says so", async () => {
    serve(server);
    const attributes = Array.from({ length: 32 }, (_, i) => `&attribute=key-${i}%3Dv`).join("");
    open(`/traces?live=false${attributes}`);
    await screen.findByText("12.4 ms");

    expect(screen.getByText("A filter asks for no more than 32 attributes.")).toBeTruthy();
    const field = screen.getByRole("group", { name: "Attribute" });
    expect(field).toHaveProperty("disabled", true);
    expect(screen.getAllByRole("button", { name: /^Remove key-/ }).length).toBe(32);
    fireEvent.click(screen.getByRole("button", { name: "Remove key-31 = v" }));
    await waitFor(() => expect(field).toHaveProperty("disabled", false));
    await expectNoAxeViolations();
  });

  it("takes a chosen value with the blanks at its ends, and typed words without", async () => {
    serve({
      ...server,
      "/api/v2/search/tags": { scopes: [{ name: "span", tags: ["tier", " odd "] }] },
      "/api/v2/search/tag/span.tier/values": { tagValues: [{ type: "string", value: " gold " }] },
    });
    const router = open("/traces?live=false");
    const search = () => router.state.location.search;
    await screen.findByText("12.4 ms");
    const key = screen.getByRole("combobox", { name: "Attribute key" });
    const value = screen.getByRole("combobox", { name: "Value" });

    fireEvent.focus(key);
    fireEvent.change(key, { target: { value: " tier " } });
    fireEvent.keyDown(key, { key: "Enter" });
    fireEvent.click(value);
    fireEvent.click(await screen.findByRole("option", { name: "gold" }));
    await waitFor(() => expect(search()).toEqual({ live: "false", attribute: "tier= gold " }));

    fireEvent.change(key, { target: { value: "odd" } });
    fireEvent.click(await screen.findByRole("option", { name: /odd/ }));
    fireEvent.change(value, { target: { value: " silver " } });
    fireEvent.keyDown(value, { key: "Enter" });
    await waitFor(() => expect(search()).toMatchObject({ attribute: ["tier= gold ", " odd =silver"] }));
  });

  it("marks the place in the query that the server can't read, and does not ask again", async () => {
    const refusal = { error: "expected && or } at character 16", hint: "Join conditions with &&." };
    serve(
      { "/v1/services": services, "/v1/agents": agents },
      { "/v1/traces": Response.json(refusal, { status: 400 }) },
    );
    open(`/traces?q=${encodeURIComponent("{ status=error or }")}`);

    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("expected && or } at character 16");
    expect(alert.textContent).toContain("Join conditions with &&.");
    expect(alert.querySelector(".invisible")?.textContent).toBe("{ status=error ");
    const box = screen.getByRole("textbox", { name: "Filter in TraceQL" });
    expect(box.getAttribute("aria-invalid")).toBe("true");
    await expectNoAxeViolations();
    expect(asked("/v1/traces").length).toBe(1);
  });

  it("without any trace shows how to send the first, with the agent's address and nothing that a shell would run", async () => {
    serve({
      "/v1/traces": { traces: [] },
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
      "/v1/traces": (query) => ({ traces: query.has("start") ? [] : [SUMMARY] }),
      "/v1/services": services,
      "/v1/agents": agents,
    });
    open("/traces?service=cart&attribute=a%3Db");

    await screen.findByText("No trace in this range passes the filters.");
    expect(screen.getByRole("link", { name: "Show it" }).getAttribute("href")).toBe(
      `/trace/${SUMMARY.traceId}`,
    );
    expect(screen.getAllByRole("button", { name: "Clear the filters" }).length).toBeGreaterThan(0);
    await expectNoAxeViolations();
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
    serve(server);
    open("/traces");

    fireEvent.click(await screen.findByRole("button", { name: "中文" }));
    expect((await screen.findAllByText("调用链")).length).toBeGreaterThan(0);
    expect(document.documentElement.lang).toBe("zh-CN");
    expect(localStorage.getItem("deepflow.language")).toBe("zh");
  });
});

describe("what sets traces apart", () => {
  const found = {
    selected: 120,
    others: 200,
    attributes: [
      { service: "pricing", key: "customer.tier", value: "gold", scope: "span", selected: 118, others: 9 },
      { service: "pricing", key: "pod", value: "p-1", scope: "resource", selected: 60, others: 60 },
      { service: "pricing", key: "host", value: "h-1", scope: "resource", selected: 60, others: 60 },
    ],
    operations: [
      {
        service: "pricing",
        name: "SELECT price",
        selectedCalls: 31,
        othersCalls: 1,
        selectedSelfNs: "310000000",
        othersSelfNs: "4100000",
      },
    ],
  };
  const server: Server = {
    "/v1/traces": { traces: [SUMMARY] },
    "/v1/services": { services: [] },
    "/v1/agents": { agents: [AGENT] },
    "/v1/differences": found,
  };

  it("is offered when there is something to compare", async () => {
    serve(server);
    open("/traces?live=false&service=web");

    const view = await screen.findByRole("button", { name: "What sets these apart" });
    expect(view.getAttribute("aria-disabled")).toBe("true");
    fireEvent.click(view);
    expect(asked("/v1/differences").length).toBe(0);
    fireEvent.click(screen.getByRole("button", { name: "Error" }));
    await waitFor(() => expect(view.getAttribute("aria-disabled")).toBe("false"));
    fireEvent.click(view);
    await screen.findByText("Attributes that these traces have more often");
    expect(asked("/v1/differences")[0]?.get("status")).toBe("error");
    await expectNoAxeViolations();
  });

  it("says what is compared, shares, and calls, and makes a filter of what is clicked", async () => {
    serve(server);
    const router = open("/traces?live=false&status=error&service=web&name=GET&view=differences");

    await screen.findByText(
      /120 traces that the filter finds, with 200 others of web · GET from the same time/,
    );
    const attribute = screen.getByRole("button", { name: /customer\.tier = gold/ });
    expect(attribute.textContent).toContain("these 98%");
    expect(attribute.textContent).toContain("others 4.5%");
    expect(screen.getByRole("button", { name: /SELECT price/ }).textContent).toContain(
      "31.0 calls instead of 1.0",
    );
    expect(screen.queryByText("host")).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "1 more attribute in as many traces" }));
    expect(screen.getByText("host")).toBeTruthy();

    fireEvent.click(attribute);
    await waitFor(() =>
      expect(router.state.location.search).toEqual({
        live: "false",
        status: "error",
        service: "pricing",
        attribute: "customer.tier=gold",
      }),
    );
  });

  it.each([
    [{ selected: 0, others: 9 }, "Loosen it"],
    [{ selected: 9, others: 0 }, "Narrow it"],
  ])("says what to do with %j", async (counts, advice) => {
    serve({ ...server, "/v1/differences": { ...counts, attributes: [], operations: [] } });
    open("/traces?live=false&sort=slowest&view=differences");

    expect(await screen.findByText(new RegExp(advice))).toBeTruthy();
  });

  it("makes no filter of a key that a filter would cut in two, and says so", async () => {
    const attribute = { service: "web", key: "a=b", value: "c", scope: "span", selected: 9, others: 0 };
    serve({ ...server, "/v1/differences": { ...found, attributes: [attribute] } });
    const router = open("/traces?live=false&sort=slowest&view=differences");

    const row = await screen.findByRole("button", { name: /a=b = c/ });
    fireEvent.click(row);
    expect(row.title).toContain("its key holds a =");
    expect(router.state.location.search).toEqual({ live: "false", sort: "slowest", view: "differences" });
    await expectNoAxeViolations();
  });

  it("adds nothing to a filter that is full", async () => {
    serve(server);
    const attributes = Array.from({ length: 32 }, (_, i) => `&attribute=key-${i}%3Dv`).join("");
    open(`/traces?live=false&service=pricing&view=differences${attributes}`);

    const row = await screen.findByRole("button", { name: /customer\.tier = gold/ });
    expect(row.getAttribute("aria-disabled")).toBe("true");
    expect(row.title).toContain("the filter is full");
  });

  it("passes on why the server would not compare", async () => {
    const busy = { error: "too many comparisons", hint: "Try again in a few seconds." };
    serve(server, { "/v1/differences": Response.json(busy, { status: 429 }) });
    open("/traces?live=false&sort=slowest&view=differences");

    expect((await screen.findByRole("alert")).textContent).toContain("Try again in a few seconds.");
  });
});
