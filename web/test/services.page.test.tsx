// @vitest-environment jsdom
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Server, asked, expectNoAxeViolations, expectTyped, open, serve } from "./page";

const series = { requests: [1, 0, 39], errors: [0, 0, 2], p95Ns: ["1000000", null, "9000000"] };

const SERVICES = {
  stepNs: "60000000000",
  from: "1795428000000000000",
  services: [
    { name: "cart", spanCount: 9, requests: 36, errors: 0, p50Ns: "1", p95Ns: "2000000", p99Ns: "3", series },
    {
      name: "pricing",
      spanCount: 123,
      requests: 40,
      errors: 2,
      p50Ns: "5",
      p95Ns: "7000000",
      p99Ns: "9",
      series,
    },
    { name: "worker", spanCount: 5, requests: 0, errors: 0, p50Ns: null, p95Ns: null, p99Ns: null, series },
  ],
};

const OPERATION = {
  name: "GET /price",
  kind: "SERVER",
  requests: 12,
  errors: 3,
  p50Ns: "1",
  p95Ns: "2",
  p99Ns: "3",
};

const server: Server = {
  "/v1/services": SERVICES,
  "/v1/operations": { operations: [{ ...OPERATION, totalNs: "1250000000" }], truncated: false },
  "/v1/agents": { agents: [] },
};

const names = () =>
  screen
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("link")[0]?.textContent);

describe("the services page", () => {
  it("lists services with rate, errors and durations, those with errors first and marked", async () => {
    serve(server);
    open("/services");

    await screen.findByRole("link", { name: "pricing" });
    expect(names()).toEqual(["pricing", "cart", "worker"]);
    const [, pricing, cart, worker] = screen.getAllByRole("row");
    expect(pricing?.className).toBe("failed");
    expect(cart?.className).toBe("");
    expect(Array.from(pricing?.querySelectorAll("td") ?? [], (cell) => cell.textContent)).toEqual([
      "pricing",
      "40.0/h",
      "5%",
      "5 ns",
      "7.00 ms",
      "9 ns",
      "",
    ]);
    expect(worker?.textContent).toBe("worker–––––");
    expect(screen.getAllByRole("img", { name: "40 requests, 2 errors" }).length).toBe(1);
    await expectNoAxeViolations();
  });

  it("says before when only what retention rules keep is counted, and nothing where all is", async () => {
    serve({ ...server, "/v1/services": { ...SERVICES, cutBefore: "1795435200000000000" } });
    open("/services?service=pricing");
    const note = await screen.findByText(/^Before 2026-11-23 \d\d:\d\d only the traces that retention rules/);
    expect(note.getAttribute("role")).toBe("status");
    await expectNoAxeViolations();

    cleanup();
    serve({ ...server, "/v1/services": { ...SERVICES, cutBefore: null } });
    open("/services");
    await screen.findByRole("link", { name: "pricing" });
    expect(screen.queryByText(/retention rules/)).toBeNull();
  });

  it("sorts and finds, and the URL says how", async () => {
    serve(server);
    const router = open("/services?last=5m");
    await screen.findByRole("link", { name: "pricing" });

    fireEvent.click(screen.getByRole("button", { name: "Service" }));
    await waitFor(() => expect(names()).toEqual(["cart", "pricing", "worker"]));
    expect(screen.getByRole("columnheader", { name: "Service" }).getAttribute("aria-sort")).toBe("ascending");
    fireEvent.keyDown(document.body, { key: "/" });
    const find = screen.getByRole("textbox", { name: "Find a service" });
    expect(document.activeElement).toBe(find);
    fireEvent.change(find, { target: { value: "pri" } });
    await waitFor(() => expect(names()).toEqual(["pricing"]));
    expect(router.state.location.search).toEqual({ last: "5m", sort: "name", find: "pri" });
    fireEvent.change(find, { target: { value: "zzz" } });
    expect(await screen.findByText("No service matches")).toBeTruthy();
  });

  it("finds while one types, and never takes back what was typed", async () => {
    serve(server);
    const router = open("/services");
    const find = await screen.findByRole("textbox", { name: "Find a service" });

    expectTyped(find, "pr");
    expectTyped(find, "pri");
    await waitFor(() => expect(router.state.location.search).toEqual({ find: "pri" }));
    await waitFor(() => expect(names()).toEqual(["pricing"]));
    expectTyped(find, "ri");
    await waitFor(() => expect(router.state.location.search).toEqual({ find: "ri" }));
    await router.navigate({ to: "/services", search: { find: "pri" } });
    await waitFor(() => expect(find).toHaveProperty("value", "pri"));
  });

  it("shows one service with its operations, and leads to their traces", async () => {
    serve(server);
    const router = open("/services?last=5m");
    fireEvent.click(await screen.findByRole("link", { name: "pricing" }));

    await screen.findByRole("link", { name: "GET /price" });
    expect(router.state.location.search).toEqual({ last: "5m", service: "pricing" });
    expect(asked("/v1/operations")[0]?.get("service")).toBe("pricing");
    expect(screen.getByRole("img", { name: "Errors: 2 · 5%" })).toBeTruthy();
    const links = (name: string) =>
      screen.getAllByRole("link", { name }).map((link) => link.getAttribute("href"));
    expect(links("GET /price")).toEqual(["/traces?last=5m&service=pricing&name=GET+%2Fprice"]);
    expect(links("25%")).toEqual(["/traces?last=5m&service=pricing&name=GET+%2Fprice&status=failed"]);
    expect(links("With errors")).toEqual(["/traces?last=5m&service=pricing&status=failed"]);
    expect(links("Slowest")[0]).toBe("/traces?last=5m&service=pricing&sort=slowest");
    await expectNoAxeViolations();
    router.history.back();
    await waitFor(() => expect(names().length).toBe(3));
  });

  it("skips to its content without leaving it", async () => {
    serve(server);
    const router = open("/services?last=5m");
    await screen.findByRole("link", { name: "pricing" });

    const left = fireEvent.click(screen.getByRole("link", { name: "Skip to content" }));
    expect(left).toBe(false);
    expect(document.activeElement).toBe(screen.getByRole("main"));
    expect(router.state.location.href).toBe("/services?last=5m");
  });

  it("says so when there is nothing, or nothing of this service", async () => {
    serve({ ...server, "/v1/services": { ...SERVICES, services: [] } });
    const router = open("/services");

    await screen.findByText("No services");
    await expectNoAxeViolations();
    await router.navigate({ to: "/services", search: { service: "gone" } });
    expect(await screen.findByText("Nothing of this service here")).toBeTruthy();
  });

  it("says what to do when the server does not answer", async () => {
    serve({});
    open("/services");

    expect((await screen.findByRole("alert")).textContent).toContain("./deepflow up");
  });

  it("is reached by two keys, as are the traces, and the help lists them", async () => {
    serve({ ...server, "/v1/traces": { traces: [] } });
    const router = open("/services");
    await screen.findByRole("link", { name: "pricing" });
    const press = (key: string) => fireEvent.keyDown(document.body, { key });

    press("g");
    press("t");
    await waitFor(() => expect(router.state.location.pathname).toBe("/traces"));
    press("g");
    press("s");
    await waitFor(() => expect(router.state.location.pathname).toBe("/services"));
    press("?");
    expect((await screen.findByRole("dialog")).textContent).toContain("To the services");
    await expectNoAxeViolations();
  });
});
