import assert from "node:assert/strict";
import type { Update } from "../../../../core/run/live/snapshots.ts";
import { Viewers } from "../../../../core/run/live/viewers.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { GrowingRun } from "./moments.ts";

interface Event {
  readonly id: string;
  readonly update: Update;
}

/** Reads one event at a time, when the test wants it to. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.getReader();
  }

  /** The next text; undefined: there is none any more. */
  async text(): Promise<string | undefined> {
    const { done, value } = await this.#reader.read();
    return done ? undefined : new TextDecoder().decode(value);
  }

  async event(): Promise<Event> {
    const text = await this.text();
    const [, id = "", data = ""] = /^id: (.*)\ndata: (.*)\n\n$/.exec(text ?? "") ?? [];
    assert.notEqual(id, "", `expected an event: ${text}`);
    return { id, update: JSON.parse(data) };
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

function watched() {
  const [clock, run] = [new FakeClock(), new GrowingRun()];
  const viewers = new Viewers({ clock, look: () => run.look() });
  const goOn = async () => {
    run.goOn();
    viewers.changed();
    await clock.advance(1_000);
  };
  const open = (id: string | null = null) => new Reader(viewers.open(id));
  return { clock, run, viewers, goOn, open };
}

const indexes = ({ update }: Event) => update.stretches.map(([index]) => index);

Deno.test("nothing is made while nobody looks", async () => {
  const { clock, run, viewers, goOn, open } = watched();
  for (let second = 0; second < 30; second++) await goOn();
  assert.equal(run.looks, 0);
  const reader = open();
  assert.equal(indexes(await reader.event()).length, 30);
  await goOn();
  assert.deepEqual(indexes(await reader.event()), [30]);
  await reader.cancel();
  const { looks } = run;
  for (let second = 0; second < 30; second++) await goOn();
  assert.ok(run.looks <= looks + 1, "somebody may have been there until it was noticed");
  await viewers.end();
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("each second is one event, and viewers share one snapshot", async () => {
  const { run, viewers, goOn, open } = watched();
  await goOn();
  const readers = [open(), open(), open()];
  for (const reader of readers) assert.deepEqual(indexes(await reader.event()), [0]);
  assert.equal(run.looks, 1);
  for (let second = 1; second < 5; second++) {
    await goOn();
    for (const reader of readers) assert.deepEqual(indexes(await reader.event()), [second]);
    assert.equal(run.looks, second + 1);
  }
  await viewers.end();
});

Deno.test("a connection that was lost goes on where it was, without a second twice or missing", async () => {
  const { viewers, goOn, open } = watched();
  await goOn();
  const first = open();
  const { id } = await first.event();
  await first.cancel();
  for (let second = 0; second < 4; second++) await goOn();
  const again = open(id);
  const event = await again.event();
  assert.equal(event.update.isWhole, false);
  assert.deepEqual(indexes(event), [1, 2, 3, 4]);
  await viewers.end();
});

for (const id of ["", "x", "x/1", "another-life/1", "/", "/1"]) {
  Deno.test(`the id "${id}" of another run or of nobody begins anew`, async () => {
    const { viewers, goOn, open } = watched();
    for (let second = 0; second < 3; second++) await goOn();
    const { update } = await open(id).event();
    assert.equal(update.isWhole, true);
    assert.equal(update.stretches.length, 3);
    await viewers.end();
  });
}

Deno.test("one who reads late is given all since then at once", async () => {
  const { viewers, goOn, open } = watched();
  await goOn();
  const [quick, slow] = [open(), open()];
  await quick.event();
  await slow.event();
  for (let second = 1; second <= 10; second++) {
    await goOn();
    assert.deepEqual(indexes(await quick.event()), [second]);
  }
  assert.deepEqual(indexes(await slow.event()), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await viewers.end();
});

Deno.test("one who does not read is dropped, and makes room", async () => {
  const { clock, viewers, goOn, open } = watched();
  await goOn();
  const silent = open();
  await silent.event();
  const reading = open();
  await reading.event();
  await goOn();
  for (let second = 0; second < 40 && viewers.count === 2; second++) {
    await reading.event();
    await goOn();
  }
  assert.equal(viewers.count, 1);
  assert.ok(clock.now() > 30_000 && clock.now() < 40_000, String(clock.now()));
  await viewers.end();
});

Deno.test("a line without news says that it is alive every 10 s", async () => {
  const { clock, viewers, goOn, open } = watched();
  await goOn();
  const reader = open();
  await reader.event();
  for (let beat = 0; beat < 3; beat++) {
    const text = reader.text();
    await clock.advance(10_500);
    assert.equal(await text, ": alive\n\n");
  }
  await viewers.end();
});

Deno.test("there is room for so many and no more", async () => {
  const { viewers, goOn, open } = watched();
  await goOn();
  const readers = Array.from({ length: 16 }, () => open());
  assert.equal(viewers.isFull, true);
  await readers[0]!.event();
  await readers[0]!.cancel();
  assert.equal(viewers.isFull, false);
  await viewers.end();
});

Deno.test("at the end each is given the last state, and their streams end", async () => {
  const { clock, run, viewers, goOn, open } = watched();
  await goOn();
  const readers = [open(), open()];
  for (const reader of readers) await reader.event();
  run.goOn();
  run.state = "over";
  await viewers.end();
  for (const reader of readers) {
    const event = await reader.event();
    assert.deepEqual([event.update.status.state, indexes(event)], ["over", [1]]);
    assert.equal(await reader.text(), undefined);
  }
  const late = open();
  assert.equal((await late.event()).update.status.state, "over");
  assert.equal(await late.text(), undefined);
  assert.equal(viewers.count, 0);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("dear snapshots are made less often: a hundredth of the time in the long run", async () => {
  const { clock, run, viewers, goOn } = watched();
  const dear = new Viewers({
    clock,
    look() {
      clock.stall(50);
      return run.look();
    },
  });
  await goOn();
  const reader = new Reader(dear.open(null));
  void (async () => {
    while (await reader.text() !== undefined);
  })();
  for (let second = 0; second < 300; second++) {
    run.goOn();
    dear.changed();
    await clock.advance(1_000);
  }
  const ratio = run.looks * 50 / clock.now();
  assert.ok(ratio > 0.009 && ratio < 0.013, `${run.looks} looks: ${ratio}`);
  await dear.end();
  await viewers.end();
});
