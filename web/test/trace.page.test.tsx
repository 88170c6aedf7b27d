// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Server, asked, expectNoAxeViolations, expectTyped, open, serve } from "./page";
import { START, type SpanSpec, answerOf } from "./traces";

afterEach(() => {
  vi.useRealTimers();
});

describe("the trace page", () => {
  const path = "/trace/0af7651916cd43dd8448eb211c80319c";
  const linkedFrom = `/v1${path.replace("trace", "traces")}/linked-from`;
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
    [linkedFrom]: { spans: [], truncated: false },
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

  it("says who was at both sides of a span, and how that is known or why not", async () => {
    const empty = Array.from({ length: 8 }, () => "");
    const client = ["prod", "shop", "node-1", "node-1", "", "", "cart", "cart-a", "k8s.pod.uid", ""];
    const answer = { result: { values: [[...client, ...empty, "address unknown at that time", ""]] } };
    serve({ ...server, "/v1/query/": answer });
    open(`${path}?span=0000000000000002`);

    const panel = await screen.findByRole("complementary");
    expect(await within(panel).findByText("cart-a")).toBeTruthy();
    expect(within(panel).getByText("k8s.pod.uid")).toBeTruthy();
    expect(within(panel).getByText("address unknown at that time")).toBeTruthy();
    expect(within(panel).getAllByText("Node").length).toBe(1);
    await expectNoAxeViolations();
  });

  const linking = {
    traceId: "00000000000000000000000000000abc",
    spanId: "0000000000000042",
    service: "mailer",
    name: hostile,
    start: String(START + 30_000_000n),
    linkedSpanId: "0000000000000002",
  };

  it("leads from a span to those that link to it, in other traces and in the same one", async () => {
    const own = { ...linking, traceId: path.slice(7), spanId: "0000000000000003", service: "", name: "" };
    serve({ ...server, [linkedFrom]: { spans: [linking, own], truncated: false } });
    open(`${path}?span=0000000000000002`);

    const panel = await screen.findByRole("complementary");
    expect((await within(panel).findByText("Linked from")).textContent).toBe("Linked from 2");
    expect(asked(linkedFrom).map(String)).toEqual(["spanId=0000000000000002"]);
    const links = within(panel).getAllByTitle("Open the span that links here");
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      `/trace/${linking.traceId}?span=0000000000000042`,
      `${path}?span=0000000000000003`,
    ]);
    expect(links.map((link) => link.textContent)).toEqual([`mailer · ${hostile}`, "(no service name) · (no name)"]);
    expect(document.querySelector("img")).toBeNull();
    await expectNoAxeViolations();
    fireEvent.click(links[1] as HTMLElement);
    await waitFor(() => expect(asked(linkedFrom).map(String)).toContain("spanId=0000000000000003"));
  });

  it("says that more spans link to one than are shown", async () => {
    serve({ ...server, [linkedFrom]: { spans: [linking], truncated: true } });
    open(`${path}?span=0000000000000002`);

    expect((await screen.findByText("Linked from")).textContent).toBe("Linked from 1+");
    expect(screen.getByText("The first 1 are shown; there are more.")).toBeTruthy();
  });

  it("says that it looks for spans that link to one, and nothing when there are none", async () => {
    serve(server);
    open(`${path}?span=0000000000000002`);

    expect(await screen.findByText("Looking for spans that link here…")).toBeTruthy();
    await waitFor(() => expect(screen.queryByText("Looking for spans that link here…")).toBeNull());
    expect(screen.queryByText("Linked from")).toBeNull();
  });

  it("says why nobody knows who links to a span, and asks again", async () => {
    const busy = Response.json({ error: "the store is busy", hint: "Wait." }, { status: 503 });
    serve(server, { [linkedFrom]: busy });
    open(`${path}?span=0000000000000002`);

    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("the store is busy");
    await expectNoAxeViolations();
    serve({ ...server, [linkedFrom]: { spans: [linking], truncated: false } });
    fireEvent.click(within(alert).getByRole("button", { name: "Try again" }));
    expect(await screen.findByText(/^mailer/)).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
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
        .map((link) => link.getAttribute("href") ?? "")
        .filter((href) => !href.startsWith("/traces?")),
    ).toEqual(["https://example.com/a"]);
    expect(within(panel).getByText("9007199254740993").className).toContain("int");
    expect(within(panel).getByText("inner")).toBeTruthy();
    await expectNoAxeViolations();
  });

  it("filters the attributes of spans that show the filter, and hides none of another", async () => {
    const keys = Array.from({ length: 12 }, (_, i) => ({ key: `key-${i}`, value: { boolValue: true } }));
    const wide: SpanSpec[] = [
      { id: "1", name: "wide", attributes: keys },
      { id: "2", parent: "1", name: "narrow", attributes: [{ key: "only", value: { boolValue: true } }] },
    ];
    serve({ ...server, [`/api/v2${path.replace("trace", "traces")}`]: answerOf(wide) });
    const router = open(`${path}?span=0000000000000001`);

    const panel = await screen.findByRole("complementary");
    fireEvent.change(within(panel).getByRole("textbox"), { target: { value: "key-7" } });
    expect(within(panel).queryByText("key-6")).toBeNull();
    router.history.push(`${path}?span=0000000000000002`);
    expect(await within(panel).findByText("only")).toBeTruthy();
    expect(within(panel).queryByRole("textbox")).toBeNull();
  });

  it("is walked with the keyboard, and the URL tells what is open", async () => {
    serve(server);
    const router = open(path);
    await waitFor(() => expect(rows().length).toBe(4));
    const press = (key: string) => fireEvent.keyDown(document.body, { key });

    press("Home");
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

  it("finds while one types, and never takes back what was typed", async () => {
    serve(server);
    const router = open(path);
    const box = await screen.findByRole("textbox", { name: "Search in this trace" });

    expectTyped(box, "le");
    expectTyped(box, "lea");
    await waitFor(() => expect(router.state.location.search).toEqual({ q: "lea" }));
    fireEvent.keyDown(box, { key: "Enter", isComposing: true });
    fireEvent.keyDown(box, { key: "Escape", isComposing: true });
    expect(box).toHaveProperty("value", "lea");
    fireEvent.keyDown(box, { key: "Escape" });
    expect(box).toHaveProperty("value", "");
    await waitFor(() => expect(router.state.location.search).toEqual({}));
  });

  it("keeps looking for a trace that is not there yet", async () => {
    serve(
      { "/v1/agents": { agents: [] } },
      { [`/api/v2/traces/abc`]: Response.json({ error: "trace not found" }, { status: 404 }) },
    );
    open("/trace/abc");

    expect(await screen.findByText("This trace is not here")).toBeTruthy();
    const looks = () => asked("/api/v2/traces/abc").length;
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

  it("has few rows in the page wherever one scrolls to, and soon", async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      id: (i + 1).toString(16),
      start: i,
      name: `step ${i % 7}`,
      ...(i > 0 && { parent: "1" }),
    }));
    serve({ ...server, [`/api/v2${path.replace("trace", "traces")}`]: answerOf(many) });
    open(path);
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    const grid = screen.getByRole("treegrid");

    for (const place of [140_000, 279_000, 28_000]) {
      grid.scrollTop = place;
      fireEvent.scroll(grid);
      await waitFor(() => {
        const indexes = rows().map((row) => Number(row.getAttribute("aria-rowindex")));
        expect(Math.min(...indexes)).toBeLessThan(place / 28 + 2);
        expect(Math.max(...indexes)).toBeGreaterThan(place / 28);
      });
      expect(rows().length).toBeLessThan(200);
    }
  });

  it("stands on the first cause when it opens, and marks the way from the root to it", async () => {
    serve({
      ...server,
      [`/api/v2${path.replace("trace", "traces")}`]: answerOf([
        { id: "1", name: "root", duration: 900 },
        { id: "2", parent: "1", start: 10, name: "passes it on", error: true, duration: 800 },
        { id: "3", parent: "2", start: 20, name: "the cause", error: true },
        { id: "4", parent: "1", start: 30, name: "healthy" },
        { id: "5", parent: "1", start: 40, name: "another", error: true },
      ]),
    });
    open(path);
    const current = () => rows().find((row) => row.className.includes("current"))?.textContent;

    await waitFor(() => expect(current()).toContain("the cause"));
    expect(rows().map((row) => /leads-to-error|failed/.exec(row.className)?.[0])).toEqual([
      "leads-to-error",
      "failed",
      "failed",
      undefined,
      "failed",
    ]);
    expect(rows()[0]?.textContent).toContain("3 errors below");
    fireEvent.keyDown(document.body, { key: "e" });
    await waitFor(() => expect(current()).toContain("another"));
    fireEvent.keyDown(document.body, { key: "E" });
    await waitFor(() => expect(current()).toContain("the cause"));
    await expectNoAxeViolations();
  });

  it("stands on its span when others come before it", async () => {
    const late: SpanSpec[] = [
      { id: "2", parent: "1", start: 10, name: "first", duration: 80 },
      { id: "3", parent: "2", start: 20, name: "here" },
      { id: "4", parent: "2", start: 40, name: "last" },
    ];
    let arrived = late;
    vi.setSystemTime(Number(START / 1_000_000n));
    serve({ ...server, [`/api/v2${path.replace("trace", "traces")}`]: () => answerOf(arrived) });
    open(path);
    const current = () => rows().find((row) => row.className.includes("current"))?.textContent;
    await waitFor(() => expect(rows().length).toBe(3));
    fireEvent.keyDown(document.body, { key: "Home" });
    fireEvent.keyDown(document.body, { key: "j" });
    await waitFor(() => expect(current()).toContain("here"));

    arrived = [{ id: "1", name: "root", duration: 100 }, ...late];
    await waitFor(() => expect(rows().length).toBe(4));
    expect(current()).toContain("here");
  });

  describe("with repeats", () => {
    const repeated: SpanSpec[] = [
      { id: "1", name: "root", duration: 100_000 },
      ...Array.from({ length: 31 }, (_, i) => ({
        id: (i + 2).toString(16),
        parent: "1",
        start: i * 1_000,
        duration: 500,
        name: "SELECT price",
        kind: 3,
        attributes: [
          { key: "line", value: { intValue: String(i) } },
          { key: "weight", value: { doubleValue: i * 1e7 } },
        ],
      })),
      { id: "99", parent: "1", start: 90_000, name: "after" },
    ];
    const start = async (search = "") => {
      serve({ ...server, [`/api/v2${path.replace("trace", "traces")}`]: answerOf(repeated) });
      const router = open(path + search);
      await waitFor(() => expect(rows().length).toBeGreaterThan(2));
      return router;
    };

    it("shows them as one row with their number, their total and a hint", async () => {
      await start();

      expect(rows().length).toBe(3);
      expect(rows()[1]?.textContent).toContain("×31");
      expect(rows()[1]?.textContent).toContain("N+1?");
      expect(rows()[1]?.textContent).toContain("Σ 15.5 µs");
      expect(rows()[1]?.getAttribute("aria-expanded")).toBe("false");
      await expectNoAxeViolations();
    });

    it("opens and closes them, by click and by key, and the URL remembers", async () => {
      const router = await start();
      const size = () => Number(screen.getByRole("treegrid").getAttribute("aria-rowcount")) - 1;
      const press = (key: string) => fireEvent.keyDown(document.body, { key });
      fireEvent.click(rows()[1] ?? document.body);
      await waitFor(() => expect(size()).toBe(34));
      expect(router.state.location.search).toEqual({ runs: "all" });
      expect(rows()[2]?.getAttribute("aria-level")).toBe("3");

      press("j");
      press("k");
      press("h");
      await waitFor(() => expect(size()).toBe(3));
      press("l");
      await waitFor(() => expect(size()).toBe(34));
      press("r");
      await waitFor(() => expect(size()).toBe(3));
      expect(router.state.location.search).toEqual({});
    });

    it("finds what is inside, and opens for it", async () => {
      await start("?q=line%3D17");
      await waitFor(() => expect(rows()[1]?.className).toContain("matched"));

      fireEvent.keyDown(document.body, { key: "f" });
      await waitFor(() => expect(screen.getByRole("treegrid").getAttribute("aria-rowcount")).toBe("35"));
      const current = () => rows().find((row) => row.className.includes("current"))?.className;
      await waitFor(() => expect(current()).toContain("matched"));
    });

    it("leads to traces like a span, by its name and by an attribute", async () => {
      await start("?span=0000000000000005");
      const panel = await screen.findByRole("complementary");
      const href = (name: string) => within(panel).getByRole("link", { name }).getAttribute("href") ?? "";

      expect(new URLSearchParams(href("Find traces like this").split("?")[1]).get("name")).toBe(
        "SELECT price",
      );
      expect(new URLSearchParams(href("Find traces with this line").split("?")[1]).get("attribute")).toBe(
        "line=3",
      );
      expect(new URLSearchParams(href("Find traces with this weight").split("?")[1]).get("attribute")).toBe(
        "weight=3.0E7",
      );
      expect(new URLSearchParams(href("Find traces with this line").split("?")[1]).get("service")).toBe(
        "shop",
      );
    });
  });
});
