import assert from "node:assert/strict";
import { Pump, type PumpedProtocol } from "../../../core/h2/pump.ts";
import type { ByteConnection } from "../../../core/net/byte_connection.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { settled } from "../../support/settled.ts";
import { type MemoryEnd, memoryPipe, type MemoryPipeOptions } from "./memory_pipe.ts";

/** Says what a test gives it, and notes what happens. */
class Script implements PumpedProtocol {
  readonly told: string[] = [];
  readonly toSay: string[] = [];
  isOver = false;
  lingers = false;

  receive(bytes: Uint8Array): void {
    this.told.push(`got ${new TextDecoder().decode(bytes)}`);
  }

  onTransportEnd(error: Error | undefined): void {
    this.isOver = true;
    this.told.push(`end ${error?.message ?? ""}`.trim());
  }

  fill(into: Uint8Array): number {
    const text = this.toSay.splice(0).join("");
    return new TextEncoder().encodeInto(text, into).written;
  }

  onWritten(): void {
    this.told.push("written");
  }

  onClosed(): void {
    this.told.push("closed");
  }
}

class Pumped {
  readonly clock = new FakeClock();
  readonly script = new Script();
  readonly far: MemoryEnd;
  readonly near: MemoryEnd;
  readonly pump: Pump;

  constructor(options: MemoryPipeOptions = {}) {
    [this.near, this.far] = memoryPipe(options);
    this.pump = new Pump(this.near, this.script, this.clock);
  }

  /** What comes out at the far end. */
  async read(): Promise<string> {
    const into = new Uint8Array(1_000);
    const count = await this.far.read(into);
    return count === null ? "(end)" : new TextDecoder().decode(into.subarray(0, count));
  }

  say(text: string): void {
    this.script.toSay.push(text);
    this.pump.wake();
  }
}

Deno.test("what is said in one turn leaves in one write, in that turn", async () => {
  const end = new Pumped();
  end.pump.start();
  end.say("a");
  end.say("b");
  assert.deepEqual(end.script.told, []);
  await end.clock.settle();
  assert.deepEqual(end.script.told, ["written"]);
  assert.equal(await end.read(), "ab");
  end.pump.close();
});

Deno.test("while a write is under way more is gathered for the next", async () => {
  const end = new Pumped({ roomBytes: 1 });
  end.pump.start();
  end.say("abc");
  await end.clock.settle();
  end.say("d");
  end.say("e");
  assert.deepEqual(end.script.told, []);
  for (const letter of "abcde") assert.equal(await end.read(), letter);
  await end.clock.settle();
  assert.deepEqual(end.script.told, ["written", "written"]);
  end.pump.close();
});

Deno.test("the end of what comes is told, and the connection closed", async () => {
  const end = new Pumped();
  end.pump.start();
  await end.far.write(new TextEncoder().encode("x"));
  end.far.close();
  await end.pump.finished;
  assert.deepEqual(end.script.told, ["got x", "end", "closed"]);
  assert.equal(end.clock.sleeperCount, 0);
});

Deno.test("a connection that breaks, in a read or a write, is told once", async () => {
  for (const roomBytes of [1, Infinity]) {
    const end = new Pumped({ roomBytes });
    end.pump.start();
    end.say("abc");
    await end.clock.settle();
    end.near.break(new Error("reset"));
    await end.pump.finished;
    assert.deepEqual(end.script.told.filter((told) => told !== "written").slice(0, 1), [
      "end reset",
    ]);
    assert.equal(end.script.told.filter((told) => told === "closed").length, 1);
    assert.equal(end.clock.sleeperCount, 0);
  }
});

Deno.test("what the peer said before a write failed is read, for a second at most", async () => {
  const end = new Pumped();
  end.pump.start();
  await end.clock.settle();
  await end.far.write(new TextEncoder().encode("why"));
  end.near.inbound.isStuck = true;
  end.near.outbound.fail(new Error("broken pipe"));
  end.say("abc");
  await end.clock.settle();
  assert.deepEqual(end.script.told, ["got why"]);
  end.near.inbound.end();
  end.near.inbound.unstick();
  await end.pump.finished;
  assert.deepEqual(end.script.told, ["got why", "end", "closed"]);

  const silent = new Pumped();
  silent.pump.start();
  silent.near.outbound.fail(new Error("broken pipe"));
  silent.say("abc");
  await silent.clock.advance(1_000);
  await silent.pump.finished;
  assert.deepEqual(silent.script.told, ["end broken pipe", "closed"]);
});

Deno.test("what is over is written to its end, and then the connection is closed", async () => {
  const end = new Pumped();
  end.pump.start();
  end.script.isOver = true;
  end.say("bye");
  await end.pump.finished;
  assert.equal(await end.read(), "bye");
  assert.equal(await end.read(), "(end)");
  assert.equal(end.clock.sleeperCount, 0);
});

Deno.test("a peer that is to read the last words has a second for it, or until it ends its side", async () => {
  const end = new Pumped();
  end.script.lingers = true;
  end.pump.start();
  end.script.isOver = true;
  end.say("bye");
  await end.clock.advance(999);
  assert.equal(await end.read(), "bye");
  assert.equal(await end.read(), "(end)");
  assert.equal(await settled(end.pump.finished), false);
  await end.clock.advance(1);
  await end.pump.finished;

  const other = new Pumped();
  other.script.lingers = true;
  other.pump.start();
  other.script.isOver = true;
  other.say("bye");
  await other.clock.settle();
  other.far.close();
  await other.pump.finished;
  assert.equal(other.clock.sleeperCount, 0);
});

Deno.test("a peer that does not read the last words is left after a second", async () => {
  const end = new Pumped({ roomBytes: 1 });
  end.pump.start();
  end.say("abc");
  await end.clock.settle();
  end.script.isOver = true;
  end.pump.wake();
  await end.clock.advance(1_000);
  await end.pump.finished;
  assert.ok(end.near.isClosed);
});

Deno.test("close() ends it now, with what waits unwritten, and at any time", async () => {
  const end = new Pumped();
  end.pump.start();
  end.say("abc");
  end.pump.close();
  end.pump.close();
  await end.pump.finished;
  await end.clock.settle();
  assert.deepEqual(end.script.told, ["end", "closed"]);
  assert.equal(await end.read(), "(end)");
});

Deno.test("a peer that always has more to read does not keep the event loop from its turn", async () => {
  let reads = 0;
  let readsAtTurn: number | undefined;
  const conn = endless({ read: () => ++reads > 1_000 ? null : 1 });
  setImmediate(() => void (readsAtTurn = reads));
  const pump = new Pump(conn, new Script(), new FakeClock());
  pump.start();
  await pump.finished;
  assert.ok(readsAtTurn! < 1_000, `after ${readsAtTurn} reads`);
});

Deno.test("a peer that takes all at once does not keep the event loop from its turn", async () => {
  let writes = 0;
  let writesAtTurn: number | undefined;
  const conn = endless({ read: () => NEVER, onWrite: () => writes++ });
  setImmediate(() => void (writesAtTurn = writes));
  const script = new Script();
  script.fill = () => writes < 1_000 ? 1 : 0;
  const pump = new Pump(conn, script, new FakeClock());
  pump.start();
  script.onWritten = () => {
    if (writes === 1_000) pump.close();
  };
  await pump.finished;
  assert.ok(writesAtTurn! < 1_000, `after ${writesAtTurn} writes`);
});

const NEVER = new Promise<null>(() => {});

/** Whose promises are all settled. */
function endless(
  { read, onWrite = () => {} }: {
    read: () => number | null | Promise<null>;
    onWrite?: () => void;
  },
): ByteConnection {
  return {
    read: () => Promise.resolve(read()),
    write: ({ length }) => {
      onWrite();
      return Promise.resolve(length);
    },
    close() {},
  };
}
