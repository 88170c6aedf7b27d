// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fitted, layoutOf } from "../src/pages/map/layout";
import { asked, expectNoAxeViolations, open, serve } from "./page";

const QUIET = { calls: 0, errors: 0, p50Ns: null, p95Ns: null, p99Ns: null };
const BUSY = { calls: 7200, errors: 72, p50Ns: "2000000", p95Ns: "7000000", p99Ns: "9000000" };
const SOME = { calls: 36, errors: 0, p50Ns: "1000000", p95Ns: "3000000", p99Ns: "4000000" };

const GRAPH = {
  nodes: [
    { id: "service:cart", name: "cart", type: "service", ...BUSY },
    { id: "service:mail", name: "mail", type: "service", ...SOME },
    { id: "service:web", name: "web", type: "service", ...SOME },
    { id: "database:postgresql/orders", name: "postgresql/orders", type: "database", ...QUIET },
    { id: "queue:kafka/mails", name: "kafka/mails", type: "queue", ...QUIET },
  ],
  edges: [
    { client: "service:web", server: "service:cart", kind: "call", ...BUSY },
    { client: "service:cart", server: "database:postgresql/orders", kind: "call", ...SOME },
    { client: "service:cart", server: "queue:kafka/mails", kind: "call", ...SOME },
    { client: "queue:kafka/mails", server: "service:mail", kind: "call", ...SOME },
    { client: "service:cart", server: "service:mail", kind: "link", ...SOME },
  ],
  truncated: false,
};

const AGENTS = { "/v1/agents": { agents: [] } };
const server = { ...AGENTS, "/v1/service-graph": GRAPH };

const cells = (row: HTMLElement) => within(row).getAllByRole("cell").map((cell) => cell.textContent);
const href = (name: string) =>
  screen.getAllByRole("link", { name }).map((link) => link.getAttribute("href"));

describe("the service map", () => {
  it("draws services, databases and queues, and tells the edges in a table as well", async () => {
    serve(server);
    open("/map");

    const drawing = await screen.findByRole("group", { name: /Drawing/ });
    expect(within(drawing).getAllByRole("link").map((node) => node.getAttribute("aria-label"))).toEqual([
      "Service cart: 2.0/s · 1% · 7.00 ms",
      "Service mail: 36.0/h · 3.00 ms",
      "Service web: 36.0/h · 3.00 ms",
      "Database postgresql/orders: 36.0/h · 3.00 ms",
      "Queue kafka/mails: 36.0/h · 3.00 ms",
    ]);
    expect(drawing.querySelectorAll(".map-edge").length).toBe(5);
    expect(drawing.querySelectorAll(".map-edge.link").length).toBe(1);
    const rows = within(screen.getByRole("table")).getAllByRole("row").slice(1);
    expect(rows.map((row) => cells(row))).toEqual([
      ["web", "cart", "Call", "2.0/s", "1%", "2.00 ms", "7.00 ms", "9.00 ms"],
      ["cart", "postgresql/orders Database", "Call", "36.0/h", "0%", "1.00 ms", "3.00 ms", "4.00 ms"],
      ["cart", "kafka/mails Queue", "Call", "36.0/h", "0%", "1.00 ms", "3.00 ms", "4.00 ms"],
      ["kafka/mails Queue", "mail", "Call", "36.0/h", "0%", "1.00 ms", "3.00 ms", "4.00 ms"],
      ["cart", "mail", "Span link", "36.0/h", "0%", "1.00 ms", "3.00 ms", "4.00 ms"],
    ]);
    await expectNoAxeViolations();
  });

  it("shows a node's figures and leads to its traces", async () => {
    serve(server);
    const router = open("/map?last=5m");

    fireEvent.click(await screen.findByRole("link", { name: /^Service cart/ }));

    const panel = await screen.findByRole("region", { name: "cart" });
    expect(router.state.location.search).toEqual({ last: "5m", node: "service:cart" });
    expect(panel.textContent).toContain("Errors72 · 1%");
    expect(href("With errors")).toEqual(["/traces?last=5m&service=cart&status=failed"]);
    expect(href("This service over time")).toEqual(["/services?last=5m&service=cart"]);
    await expectNoAxeViolations();
    fireEvent.click(screen.getByRole("link", { name: "Close the selection" }));
    await waitFor(() => expect(router.state.location.search).toEqual({ last: "5m" }));
  });

  it("shows an edge's figures, whoever opens its address, and leads to its traces", async () => {
    serve(server);
    open("/map?client=service:cart&server=queue:kafka/mails");

    const panel = await screen.findByRole("region", { name: "cart → kafka/mails" });
    expect(panel.textContent).toContain("p953.00 ms");
    expect(href("Traces").at(-1)).toBe(
      "/traces?service=cart&attribute=messaging.system%3Dkafka&attribute=messaging.destination.name%3Dmails",
    );
    await expectNoAxeViolations();
  });

  it("tells a link from a call between the same two", async () => {
    serve(server);
    const router = open("/map");

    fireEvent.click(await screen.findByRole("link", { name: "cart → mail" }));

    await screen.findByRole("region", { name: "cart → mail" });
    expect(router.state.location.search).toEqual({
      client: "service:cart",
      server: "service:mail",
      kind: "link",
    });
  });

  it("says so when nothing was called, and when what the address names was not", async () => {
    serve({ ...AGENTS, "/v1/service-graph": { nodes: [], edges: [], truncated: false } });
    const { navigate } = open("/map");
    expect(await screen.findByText("Nobody calls anybody")).toBeTruthy();
    await expectNoAxeViolations();

    serve(server);
    await navigate({ to: "/map", search: { last: "5m", node: "service:gone" } });
    await screen.findByRole("region", { name: "Not on the map" });
  });

  it("says what to do when the server does not answer", async () => {
    serve(AGENTS);
    open("/map");

    expect((await screen.findByRole("alert")).textContent).toContain("./deepflow up");
  });

  it("draws the busiest edges of many, and says so", async () => {
    const many = Array.from({ length: 200 }, (_, i) => ({
      client: "service:web",
      server: `database:mysql/${i}`,
      kind: "call",
      ...SOME,
    }));
    const databases = many.map(({ server: id }) => ({ id, name: id.slice(9), type: "database", ...QUIET }));
    serve({
      ...AGENTS,
      "/v1/service-graph": { nodes: [GRAPH.nodes[2], ...databases], edges: many, truncated: true },
    });
    open("/map");

    const drawing = await screen.findByRole("group", { name: /Drawing/ });
    expect(drawing.querySelectorAll(".map-edge").length).toBe(150);
    expect(within(screen.getByRole("table")).getAllByRole("row").length).toBe(201);
    expect(screen.getByText("Only the 150 busiest of 200 edges are drawn.")).toBeTruthy();
    expect(screen.getByText("There are more: these are the 200 busiest edges, and the busiest services.")).toBeTruthy();
  });

  it("asks for the time in its address", async () => {
    serve(server);
    open("/map?from=2026-11-24T10:00:00.000Z&to=2026-11-24T11:00:00.000Z");

    await screen.findByRole("table");
    expect(asked("/v1/service-graph")[0]?.toString()).toBe(
      "start=1795514400000000000&end=1795518000000000000",
    );
  });
});

describe("the layout", () => {
  it("is the same for the same edges, whatever their figures and their order", () => {
    const graph = {
      nodes: [..."abcd"].map((name) => ({
        id: name,
        name,
        type: "service" as const,
        calls: 1,
        errors: 0,
        p50: 1,
        p95: 1,
        p99: 1,
      })),
      edges: ["ab", "ac", "bd", "cd", "da"].map((pair) => ({
        client: pair[0] ?? "",
        server: pair[1] ?? "",
        kind: "call" as const,
        calls: 1,
        errors: 0,
        p50: 1,
        p95: 1,
        p99: 1,
      })),
      truncated: false,
    };
    const placed = (edges: typeof graph.edges) =>
      layoutOf({ ...graph, edges }, ({ name }) => name, () => "1/s").nodes.map(({ x, y }) => [x, y]);

    expect(placed(graph.edges.toReversed())).toEqual(placed(graph.edges));
    expect(new Set(placed(graph.edges).map(String)).size).toBe(4);
  });

  it("cuts long names", () => {
    expect(fitted("short", 200)).toBe("short");
    expect(fitted("a".repeat(80), 200)).toMatch(/^a{15,25}…$/);
  });
});
