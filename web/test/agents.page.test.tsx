// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { AGENT, expectNoAxeViolations, open, serve } from "./page";

const MANAGED = {
  ...AGENT,
  identity: "2",
  name: "node-a",
  program: "deepflow-agent",
  address: "10.0.0.7",
  state: "normal",
  group: "web",
  lastReport: new Date().toISOString(),
  config: { state: "pending", revision: "0a1b", wanted: "9f8e7d6c5b4a", error: "" },
  queue: { bytes: 536870912, capacityBytes: 2147483648, spans: 1200, oldestAgeSeconds: 3 },
  exceptions: [],
};

const cells = (row: HTMLElement | undefined) =>
  Array.from(row?.querySelectorAll("td") ?? [], (cell) => cell.textContent);

describe("the agents page", () => {
  it("shows group, configuration and queue of agents, and what is wrong with them", async () => {
    serve({
      "/v1/agents": {
        agents: [
          MANAGED,
          {
            ...MANAGED,
            identity: "3",
            name: "node-b",
            state: "lost",
            config: { state: "failed", revision: "77", wanted: "77", error: "x" },
            exceptions: ["configuration: the disk is full"],
          },
          AGENT,
        ],
      },
    });
    open("/agents");

    await screen.findByText("9f8e7d6c5b4a");
    const [, first, second, third] = screen.getAllByRole("row");
    expect(cells(first).slice(1, 4)).toEqual(["Normal", "web", "On its way 9f8e7d6c5b4a"]);
    expect(cells(first)[4]).toContain("25%");
    expect(first?.className).toBe("");
    expect(second?.className).toBe("failed");
    expect(cells(second)[0]).toContain("configuration: the disk is full");
    expect(cells(second)[1]).toBe("Lost");
    expect(cells(third)[1]).toBe("Sends spans");
    await expectNoAxeViolations();
  });

  it("says when an agent was last heard of that has not reported since the server's start", async () => {
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    const down = { ...MANAGED, connected: false, state: "lost", lastReport: "" };
    serve({
      "/v1/agents": {
        agents: [
          { ...down, lastSeen: hourAgo },
          { ...down, identity: "3", name: "node-b", lastSeen: "1970-01-01T00:00:00Z" },
        ],
      },
    });
    open("/agents");

    await screen.findByText("node-b");
    const [, seen, never] = screen.getAllByRole("row");
    expect(cells(seen).at(-1)).toContain("1 h");
    expect(cells(never).at(-1)).toContain("unknown");
  });

  it("says how to get an agent when there is none", async () => {
    serve({ "/v1/agents": { agents: [] } });
    open("/agents");

    expect(await screen.findByText("No agent has been here")).toBeTruthy();
    await expectNoAxeViolations();
  });
});
