import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { INITIAL_SETTINGS } from "../../core/h2/settings.ts";
import { evaluate } from "../../core/judge/evaluation.ts";
import { parseThreshold } from "../../core/judge/threshold.ts";
import { createRng } from "../../core/load/rng.ts";
import { US_PER_MS } from "../../core/measure/recorder.ts";
import { loadStages } from "../../core/measure/stage.ts";
import { Totals } from "../../core/measure/totals.ts";
import { Run } from "../../core/run/run.ts";
import { runStage } from "../../core/run/run_stage.ts";
import type { RunLogRecord } from "../../core/run_log/record.ts";
import { ConnectionFigures } from "../../httperf/connection_figures.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { WrittenFacts } from "../support/h2_facts.ts";

type Table = Extract<RunLogRecord, { type: "table" }>["table"];

/** A run whose connections are what the test writes. */
class World {
  readonly clock: FakeClock;
  readonly records: RunLogRecord[] = [];
  readonly run: Run;

  constructor({ warmUpMs = 0, isStaged = false, startMs = 0 } = {}) {
    this.clock = new FakeClock(startMs);
    this.run = new Run({
      id: "r1",
      clock: this.clock,
      rng: createRng(1),
      stages: isStaged ? [] : loadStages(warmUpMs, null),
      log: (...records) => void this.records.push(...records),
    });
  }

  /** All that was measured and is judged. */
  get totals(): Totals {
    this.run.rotate();
    return this.run.live;
  }

  counters(...names: readonly string[]): Record<string, number> {
    const found = [...this.totals.counters].filter(([, { name }]) => names.includes(name));
    return Object.fromEntries(found.map(([key, { value }]) => [key, value]));
  }

  get table(): Table {
    const tables = this.records.filter((record) => record.type === "table");
    ok(tables.length > 0, "no table was told");
    return tables.at(-1)!.table;
  }

  cells(title: string): unknown[] {
    const column = this.table.columns.findIndex((one) => one.title === title);
    return this.table.rows.map(({ name, cells }) => [name, cells[column]]);
  }
}

/** A connection that answers each PING at once, which takes this long. */
function answering(written: WrittenFacts, roundTripMs: number) {
  return {
    get facts() {
      return written.facts;
    },
    ping: () => Promise.resolve(roundTripMs),
  };
}

function h2(name: string, written = new WrittenFacts(), roundTripMs = 1) {
  return { name, protocol: "h2", tcpMs: 2, tlsMs: 3, h2: answering(written, roundTripMs) };
}

Deno.test("what all connections come to is counted by kind, whatever their number", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  const all = Array.from({ length: 100 }, () => new WrittenFacts());
  all.forEach((written, index) => figures.add(h2(String(index), written)));
  for (const written of all) written.add("received", "DATA", { frames: 2, bytes: 1_018 });
  all[7]!.counts.received.resets.set("REFUSED_STREAM", 3);
  all[8]!.counts.received.resets.set("0x1f", 1);
  all[9]!.counts.received.resets.set("0x20", 1);
  for (const written of all) written.add("received", "RST_STREAM", { bytes: 13 });
  all[9]!.add("sent", "GOAWAY", { bytes: 17 });
  all[9]!.counts.sent.goAways.set("NO_ERROR", 1);
  all[3]!.stall("streamLimit", 40);
  await world.clock.advance(1_000);
  const of = (tags: string) => `{${tags ? `${tags},` : ""}role="client"}`;
  const received = 'direction="received"';
  deepStrictEqual(
    world.counters("h2Bytes", "h2Frames", "resets", "goAways", "streamWaits", "streamWaitMs"),
    {
      [`h2Bytes{direction="sent",role="client"}`]: 17,
      [`h2Frames{direction="sent",role="client",type="GOAWAY"}`]: 1,
      [`goAways{code="NO_ERROR",direction="sent",role="client"}`]: 1,
      [`h2Bytes{${received},role="client"}`]: 103_100,
      [`h2Frames{${received},role="client",type="DATA"}`]: 200,
      [`h2Frames{${received},role="client",type="RST_STREAM"}`]: 100,
      [`resets{code="REFUSED_STREAM",${received},role="client"}`]: 3,
      [`resets{code="other",${received},role="client"}`]: 2,
      [`streamWaits${of("")}`]: 1,
      [`streamWaitMs${of("")}`]: 40,
    },
  );
  await figures[Symbol.asyncDispose]();
});

Deno.test("handshakes count with what is judged first, as operations of getting ready do", async () => {
  const world = new World({ warmUpMs: 5_000 });
  const figures = new ConnectionFigures(world.run, { role: "client" });
  figures.add(h2("0"));
  await world.clock.advance(700);
  world.run.begin();
  await world.clock.advance(2_000);
  figures.add({ name: "1", protocol: "h2", tlsMs: 5 });
  await world.clock.advance(4_000);
  const [tcp, tls] = ["tcpConnect", "tlsHandshake"]
    .map((name) => world.totals.distribution(name)!.histogram);
  deepStrictEqual([tcp!.count, tls!.count, tls!.max], [1, 2, 5 * US_PER_MS]);
  await figures[Symbol.asyncDispose]();
});

Deno.test("no rounding puts what counts with the load before it", async () => {
  const [startMs, warmUpMs] = [0.4, 0.1];
  ok(startMs + warmUpMs - startMs < warmUpMs);
  const world = new World({ warmUpMs, startMs });
  const figures = new ConnectionFigures(world.run, { role: "client" });
  figures.add(h2("0"));
  world.run.begin();
  await world.clock.advance(1_000);
  strictEqual(world.totals.distribution("tcpConnect")?.histogram.count, 1);
  deepStrictEqual(world.counters("openedConnections"), { 'openedConnections{role="client"}': 1 });
  await figures[Symbol.asyncDispose]();
});

Deno.test("round trips of PINGs are a distribution, and one that waits is seen", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  figures.add(h2("0", new WrittenFacts(), 4));
  const silent = {
    get facts() {
      return new WrittenFacts().facts;
    },
    ping: () => new Promise<number>(() => {}),
  };
  figures.add({ name: "1", protocol: "h2", h2: silent });
  await world.clock.advance(10_000);
  const pings = world.totals.distribution("pingRtt")!.histogram;
  deepStrictEqual([pings.count, pings.max], [10, 4 * US_PER_MS]);
  strictEqual(world.totals.gauge("pingWaitMs")!.max, 9_800);
  await figures[Symbol.asyncDispose]();
});

Deno.test("of ten thousand connections so many are pinged a second that no load notices", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  const sent: number[] = [];
  for (let name = 0; name < 10_000; name++) {
    figures.add({
      ...h2(String(name)),
      h2: { facts: new WrittenFacts().facts, ping: () => (sent.push(name), Promise.resolve(1)) },
    });
  }
  await world.clock.advance(20_000);
  strictEqual(sent.length, 10_000);
  strictEqual(new Set(sent).size, 10_000);
  const before = sent.length;
  await world.clock.advance(1_000);
  strictEqual(sent.length - before, 500);
  await figures[Symbol.asyncDispose]();
});

Deno.test("PINGs are as far apart as asked for, and with 0 there are none", async () => {
  const sentWith = async (pingPeriodMs: number, seconds = 20) => {
    const world = new World();
    const figures = new ConnectionFigures(world.run, { role: "client", pingPeriodMs });
    world.run.begin();
    let sent = 0;
    const written = new WrittenFacts();
    written.openStreams = 1;
    const isLost = { told: false };
    figures.add({
      ...h2("0"),
      h2: {
        facts: written.facts,
        ping: () => (sent++, Promise.resolve(1)),
        onLost: () => isLost.told = true,
      },
    });
    await world.clock.advance(1_000 * seconds);
    await figures[Symbol.asyncDispose]();
    const wait = world.totals.gauge("pingWaitMs");
    return { sent, isWaitTold: wait !== undefined, isLost: isLost.told };
  };
  deepStrictEqual(await sentWith(100), { sent: 200, isWaitTold: true, isLost: false });
  deepStrictEqual(await sentWith(250), { sent: 80, isWaitTold: true, isLost: false });
  deepStrictEqual(await sentWith(10_000), { sent: 2, isWaitTold: true, isLost: false });
  const off = { sent: 0, isWaitTold: false, isLost: false };
  deepStrictEqual(await sentWith(0, 120), off, "nothing is known, so nothing is given up");
});

Deno.test("the share of time without a window is of connections, and of the streams that were open", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "server" });
  world.run.begin();
  const written = new WrittenFacts();
  figures.add(h2("127.0.0.1:4711", written));
  figures.add(h2("127.0.0.1:4712"));
  written.openStreams = 4;
  await world.clock.advance(1_000);
  for (let second = 0; second < 10; second++) {
    written.stall("connectionWindow", 500);
    written.stall("streamWindow", 1_000);
    await world.clock.advance(1_000);
  }
  const ratio = (window: string) => world.totals.gauge("windowStallRatio", { window })!.last;
  deepStrictEqual([ratio("connection"), ratio("stream")], [0.25, 0.25]);
  deepStrictEqual(world.counters("windowStalls", "windowStallMs"), {
    'windowStalls{role="server",window="connection"}': 10,
    'windowStallMs{role="server",window="connection"}': 5_000,
    'windowStalls{role="server",window="stream"}': 10,
    'windowStallMs{role="server",window="stream"}': 10_000,
  });
  strictEqual(world.totals.gauge("pingWaitMs"), undefined, "a server sends none");
  await figures[Symbol.asyncDispose]();
});

Deno.test("the table has the slowest of many, also while the run goes on", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  for (let name = 0; name < 100; name++) {
    figures.add(h2(String(name), new WrittenFacts(), name === 42 ? 90 : name / 100));
  }
  await world.clock.advance(11_000);
  strictEqual(world.table.title, "Connections of the client");
  strictEqual(world.table.count, 100);
  deepStrictEqual(world.table.rows.map(({ name }) => name).slice(0, 3), ["42", "99", "98"]);
  strictEqual(world.table.rows.length, 16);
  deepStrictEqual(world.cells("longest PING")[0], ["42", 90]);
  await figures[Symbol.asyncDispose]();
});

Deno.test("of HTTP/1.1 nothing is told that was not seen", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "server" });
  world.run.begin();
  figures.add({ name: "old", protocol: "http/1.1", tlsMs: 3 });
  figures.add(h2("new"));
  await figures[Symbol.asyncDispose]();
  deepStrictEqual(world.cells("protocol"), [["old", "http/1.1"], ["new", "h2"]]);
  deepStrictEqual(world.cells("received"), [["old", null], ["new", 0]]);
  deepStrictEqual(world.cells("streams"), [["old", null], ["new", 0]]);
});

Deno.test("each end answers only for what it could see: a server's windows, a client's limit of streams", async () => {
  const counted = async (role: "client" | "server") => {
    const world = new World();
    const figures = new ConnectionFigures(world.run, { role });
    world.run.begin();
    figures.add(h2("0"));
    await world.clock.advance(3_000);
    await figures[Symbol.asyncDispose]();
    world.run.rotate(); // what did not come is told after a second
    const names = ["resets", "goAways", "windowStalls", "windowStallMs", "streamWaits"];
    return { ...world.counters(...names) };
  };
  deepStrictEqual(await counted("client"), { resets: 0, goAways: 0, streamWaits: 0 });
  const ofServer = { resets: 0, goAways: 0, windowStalls: 0, windowStallMs: 0 };
  deepStrictEqual(await counted("server"), ofServer);
});

Deno.test("where no stream was open none can have stood still, and no share is told", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "server" });
  world.run.begin();
  figures.add(h2("0"));
  await world.clock.advance(3_000);
  const ratio = (window: string) => world.totals.gauge("windowStallRatio", { window })?.max;
  deepStrictEqual([ratio("connection"), ratio("stream")], [0, undefined]);
  await figures[Symbol.asyncDispose]();
});

Deno.test("a place whose connection was opened again has one row, with all that went through it", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  const [first, second] = [new WrittenFacts(), new WrittenFacts()];
  const end = figures.add(h2("0", first));
  first.add("received", "DATA", { bytes: 1_000 });
  end();
  end();
  figures.add({ ...h2("0", second), tlsMs: 7 });
  second.add("received", "DATA", { bytes: 500 });
  await figures[Symbol.asyncDispose]();
  deepStrictEqual(world.cells("reopened"), [["0", 1]]);
  deepStrictEqual(world.cells("received"), [["0", 1_500]]);
  deepStrictEqual(world.cells("TLS"), [["0", 7]]);
  strictEqual(world.table.count, 1);
  deepStrictEqual(world.counters("openedConnections", "endedConnections"), {
    'openedConnections{role="client"}': 2,
    'endedConnections{role="client"}': 1,
  });
});

Deno.test("one that still answers when the next is opened in its place is of the same row, until it is over", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  const leaving = new WrittenFacts();
  let isOpen = true;
  const connection = {
    ...answering(leaving, 1),
    get facts() {
      return leaving.facts;
    },
    get isOpen() {
      return isOpen;
    },
  };
  figures.add({ name: "0", protocol: "h2", h2: connection });
  leaving.openStreams = 1;
  isOpen = false;
  figures.add(h2("0"));
  await world.clock.advance(1_000);
  leaving.add("received", "DATA", { bytes: 700 });
  await world.clock.advance(1_000);
  deepStrictEqual(world.counters("endedConnections"), {});
  leaving.openStreams = 0;
  await world.clock.advance(1_000);
  deepStrictEqual(world.counters("endedConnections"), { 'endedConnections{role="client"}': 1 });
  await figures[Symbol.asyncDispose]();
  deepStrictEqual(world.cells("received"), [["0", 700]]);
  strictEqual(world.table.count, 1);
});

Deno.test("a server keeps rows of the worst only, however many come and go", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "server" });
  world.run.begin();
  for (let peer = 0; peer < 1_000; peer++) {
    const written = new WrittenFacts();
    const end = figures.add({ name: `peer ${peer}`, protocol: "h2", h2: { facts: written.facts } });
    end();
    if (peer !== 17) continue;
    const slow = new WrittenFacts();
    slow.add("sent", "DATA", { bytes: 9 });
    slow.stall("streamWindow", 4_000);
    figures.add({ name: "slow", protocol: "h2", h2: { facts: slow.facts } })();
  }
  await figures[Symbol.asyncDispose]();
  strictEqual(world.table.count, 1_001);
  strictEqual(world.table.rows.length, 16);
  deepStrictEqual(world.cells("no stream window")[0], ["slow", 4_000]);
});

Deno.test("settings of the other end are a fact of the target, each kind of them once", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  for (const [name, maxConcurrentStreams] of [["0", 100], ["1", 100], ["2", 250]] as const) {
    const written = new WrittenFacts();
    written.peerSettings = { ...INITIAL_SETTINGS, maxConcurrentStreams };
    written.add("received", "SETTINGS", { bytes: 15 });
    figures.add(h2(name, written));
  }
  figures.add(h2("3")); // has told none so far
  await world.clock.advance(1_000);
  const facts = world.records.filter((record) => record.type === "fact");
  deepStrictEqual(facts.at(-1), {
    type: "fact",
    name: "HTTP/2 settings of the server",
    value: "100 streams, windows of 65.5 kB, frames of 16.4 kB, header table of 4.1 kB; or " +
      "250 streams, windows of 65.5 kB, frames of 16.4 kB, header table of 4.1 kB",
  });
  await figures[Symbol.asyncDispose]();
});

Deno.test("what grew in a stage is counted in it, though its end is looked at later", async () => {
  const world = new World({ isStaged: true });
  const written = new WrittenFacts();
  const spec = { name: "rung", kind: "measured", level: 1, targetRatePerSec: null } as const;
  const over = runStage(world.run, { ...spec, durationMs: 1_500 }, async (stage) => {
    await using figures = new ConnectionFigures(stage, { role: "client" });
    figures.add(h2("0", written));
    stage.begin();
    await world.clock.sleepUntil(Infinity, stage.stopping);
    written.add("received", "DATA", { bytes: 100 });
    await world.clock.sleepUntil(world.clock.now() + 300);
  });
  await world.clock.advance(5_000);
  await over;
  world.run.rotate();
  strictEqual(world.run.liveOf(0).counter("h2Bytes"), 100);
  strictEqual(world.run.liveOf(0).distribution("tcpConnect")!.histogram.count, 1);
});

Deno.test("that nobody reset anything is an answer once there is an HTTP/2 connection", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  figures.add({ name: "0", protocol: "http/1.1" });
  await world.clock.advance(2_000);
  strictEqual(world.totals.counter("resets", { direction: "received" }), undefined);
  figures.add(h2("1"));
  await world.clock.advance(2_000);
  world.run.rotate();
  strictEqual(world.totals.counter("resets", { direction: "received" }), 0);
  await figures[Symbol.asyncDispose]();
});

Deno.test("thresholds can ask about all of it", async () => {
  const world = new World();
  const figures = new ConnectionFigures(world.run, { role: "client" });
  world.run.begin();
  const written = new WrittenFacts();
  figures.add(h2("0", written));
  written.add("received", "DATA", { bytes: 1_000 });
  written.add("received", "PING", { bytes: 17, frames: 3 });
  written.stall("streamWindow", 1_500);
  written.stall("streamLimit", 30);
  await world.clock.advance(3_000);
  const verdicts = (...texts: readonly string[]) =>
    texts.map((text) => {
      const { limit, figure } = parseThreshold(text);
      const found = evaluate(figure, world.totals, { unit: limit.unit });
      return [text, found.kind === "value" ? found.value : found.kind];
    });
  deepStrictEqual(
    verdicts(
      "pingRtt.max < 5ms",
      "tcpConnect.max < 5ms",
      "tlsHandshake{role=client}.mean < 5ms",
      "pingWaitMs.max < 5s",
      "resets{direction=received}.total <= 0",
      "goAways{code=NO_ERROR}.total <= 0",
      "h2Bytes{direction=received}.total > 1kB",
      "h2Frames{type=PING}.total / h2Frames.total < 90%",
      "windowStalls{window=stream}.total <= 0",
      "windowStallMs{window=stream}.total < 1s",
      "streamWaitMs.total / streamWaits.total < 10ms",
      "openedConnections.total <= 1",
    ).map(([, value]) => value),
    [1, 2, 3, 0, 0, 0, 1_017, 0.75, 1, 1_500, 30, 1],
  );
  await figures[Symbol.asyncDispose]();
});
