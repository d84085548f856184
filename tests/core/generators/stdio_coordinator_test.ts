/** A generator's side of the pipes to its coordinator. @module */

import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { coordinatorAt } from "../../../core/generators/generator_link.ts";
import { GeneratorLine } from "../../../core/generators/line.ts";
import { stdioCoordinator } from "../../../core/generators/stdio_coordinator.ts";

const WAYS = { stdio: () => Promise.resolve(stdioCoordinator) };

function process() {
  let stdin: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stdout: string[] = [];
  const outside = {
    stdout: (text: string) => void stdout.push(text),
    stdin: () => new ReadableStream<Uint8Array>({ start: (one) => void (stdin = one) }),
  };
  return {
    outside,
    stdout,
    write: (text: string) => stdin!.enqueue(new TextEncoder().encode(text)),
    end: () => stdin!.close(),
  };
}

Deno.test("what is told are numbered lines of one life, which their schema reads back", async () => {
  const { outside, stdout } = process();
  const link = JSON.stringify({ index: 2, of: 5, via: "stdio" });
  const coordinator = await coordinatorAt(link, { ways: WAYS, outside });
  assert.deepEqual(coordinator.share, { index: 2, of: 5 });
  coordinator.tell({ type: "said", line: "a\nb" });
  coordinator.tell({ type: "alive" });
  const lines = stdout.map((text) => GeneratorLine.parse(JSON.parse(text)));
  assert.ok(stdout.every((text) => text.indexOf("\n") === text.length - 1));
  assert.deepEqual(lines.map(({ generator, seq, told }) => [generator, seq, told.type]), [
    [2, 0, "said"],
    [2, 1, "alive"],
  ]);
  assert.equal(new Set(lines.map(({ life }) => life)).size, 1);
});

Deno.test("orders are read from stdin, what is none passed over, and its end is the coordinator's", async () => {
  const { outside, write, end } = process();
  const coordinator = stdioCoordinator({ index: 0, of: 1, via: "stdio" }, outside);
  const seen = Promise.withResolvers<number>();
  coordinator.onOrder(({ order }) => seen.resolve(order));
  write('no order\n{"order":1,"what":{"type":"dance"}}\n{"order":7,"what":{"ty');
  write('pe":"abort"}}\n');
  assert.equal(await seen.promise, 7);
  assert.equal(coordinator.gone.aborted, false);
  const gone = new Promise((resolve) => coordinator.gone.addEventListener("abort", resolve));
  end();
  await gone;
});

Deno.test("a variable that leads to no coordinator is refused", async () => {
  const { outside } = process();
  for (
    const text of [
      "",
      "{}",
      '{"index":2,"of":2,"via":"stdio"}',
      '{"index":0,"of":1,"via":"constructor"}',
      '{"index":0,"of":1,"via":"pigeon"}',
    ]
  ) {
    await assert.rejects(coordinatorAt(text, { ways: WAYS, outside }), CannotRunError, text);
  }
});
