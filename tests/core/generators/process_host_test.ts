/** Generators as processes, of which the test is the other end. @module */

import assert from "node:assert/strict";
import type {
  GeneratorProcess,
  GeneratorStart,
} from "../../../core/generators/generator_process.ts";
import type { GeneratorEnd, GeneratorEvents } from "../../../core/generators/host.ts";
import type { GeneratorLine } from "../../../core/generators/line.ts";
import { lineTelling } from "../../../core/generators/line_telling.ts";
import { ProcessHost } from "../../../core/generators/process_host.ts";
import { CannotRunError } from "../../../core/errors.ts";

class FakeProcess implements GeneratorProcess {
  readonly pid = 1;
  readonly received: string[] = [];
  isKilled = false;
  readonly #out = pipe();
  readonly #err = pipe();
  readonly #ended = Promise.withResolvers<{ isOrderly: boolean; why: string }>();

  constructor(readonly start: GeneratorStart, readonly endsWhenHungUp = true) {}

  readonly stdout = this.#out.stream;
  readonly stderr = this.#err.stream;
  readonly ended = this.#ended.promise;

  send(text: string): Promise<void> {
    this.received.push(text);
    return Promise.resolve();
  }

  hangUp(): Promise<void> {
    if (this.endsWhenHungUp) this.end({ isOrderly: true, why: "exit code 0" });
    return Promise.resolve();
  }

  kill(): void {
    this.isKilled = true;
    this.end({ isOrderly: false, why: "killed by SIGKILL" });
  }

  print(text: string): void {
    this.#out.write(text);
  }

  complain(text: string): void {
    this.#err.write(text);
  }

  #isOver = false;

  end(how: { isOrderly: boolean; why: string }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#out.close();
    this.#err.close();
    this.#ended.resolve(how);
  }
}

function pipe() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({ start: (one) => void (controller = one) });
  return {
    stream,
    write: (text: string) => controller!.enqueue(new TextEncoder().encode(text)),
    close: () => controller!.close(),
  };
}

function events() {
  const seen = {
    lines: [] as GeneratorLine[],
    said: [] as string[],
    ends: [] as [number, GeneratorEnd][],
  };
  const given: GeneratorEvents = {
    onLine: (line) => void seen.lines.push(line),
    onGap: () => assert.fail("a pipe loses nothing"),
    onEnd: (generator, end) => void seen.ends.push([generator, end]),
    say: (line) => void seen.said.push(line),
  };
  return { seen, given };
}

function host({ endsWhenHungUp = true, count = 2 } = {}) {
  const processes: FakeProcess[] = [];
  const made = new ProcessHost({
    count,
    command: ["gateway", "churn"],
    settings: "gateway churn:\n  token: T0P\n",
    spawn(start) {
      const one = new FakeProcess(start, endsWhenHungUp);
      processes.push(one);
      return one;
    },
  });
  return { made, processes };
}

Deno.test("each is told who it is, and its settings in a file of this user's, gone afterwards", async () => {
  const { made, processes } = host();
  await made.start(events().given);
  const [first, second] = processes.map(({ start }) => start);
  assert.deepEqual(first!.args.slice(0, 3), ["gateway", "churn", "--plan"]);
  assert.deepEqual(JSON.parse(second!.env["SCALETOOL_GENERATOR"]!), {
    index: 1,
    of: 2,
    via: "stdio",
  });
  assert.ok(!JSON.stringify(processes.map(({ start }) => start)).includes("T0P"));
  const plan = first!.args[3]!;
  assert.match(Deno.readTextFileSync(plan), /token: T0P/);
  assert.equal(Deno.statSync(plan).mode! & 0o777, 0o600);
  await made.close(new AbortController().signal);
  assert.throws(() => Deno.statSync(plan), Deno.errors.NotFound);
});

Deno.test("lines are handed on, all else is for people, and the end comes last", async () => {
  const { made, processes } = host({ count: 1 });
  const { seen, given } = events();
  await made.start(given);
  const [one] = processes;
  const tell = lineTelling(0, (text) => one!.print(text));
  tell({ type: "alive" });
  one!.print("a stray line\n");
  one!.complain("out of memory\n");
  tell({ type: "over" });
  one!.end({ isOrderly: false, why: "exit code 1" });
  await made.close(new AbortController().signal);
  assert.deepEqual(seen.lines.map(({ told }) => told.type), ["alive", "over"]);
  assert.deepEqual(seen.said.sort(), ["generator 0: a stray line", "generator 0: out of memory"]);
  assert.deepEqual(seen.ends, [[0, { isOrderly: false, why: "exit code 1", isReplaced: false }]]);
});

Deno.test("an order goes to all as one line, also where one does not read any more", async () => {
  const { made, processes } = host();
  await made.start(events().given);
  processes[0]!.send = () => Promise.reject(new Error("broken pipe"));
  await made.send({ order: 1, what: { type: "abort" } });
  assert.deepEqual(processes[1]!.received, ['{"order":1,"what":{"type":"abort"}}\n']);
  await made.close(new AbortController().signal);
});

Deno.test("who does not end by itself in time is killed", async () => {
  const { made, processes } = host({ endsWhenHungUp: false });
  await made.start(events().given);
  const late = new AbortController();
  const closed = made.close(late.signal);
  assert.ok(processes.every(({ isKilled }) => !isKilled));
  late.abort();
  await closed;
  assert.ok(processes.every(({ isKilled }) => isKilled));
});

Deno.test("a system that starts no more of them is the reason, and none is left", async () => {
  const started: FakeProcess[] = [];
  const made = new ProcessHost({
    count: 3,
    command: ["driver"],
    settings: "",
    spawn(start) {
      if (started.length === 1) throw new Error("Resource temporarily unavailable");
      started.push(new FakeProcess(start));
      return started[0]!;
    },
  });
  await assert.rejects(made.start(events().given), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.match(error.message, /Cannot start 3 processes: Resource temporarily unavailable/);
    return true;
  });
  await made.close(new AbortController().signal);
});
