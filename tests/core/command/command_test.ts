import assert from "node:assert/strict";
import { aroundCommand, defineCommand, type Invocation } from "../../../core/command/command.ts";
import { flag, integer, text } from "../../../core/command/flags.ts";
import { EXIT_CODE } from "../../../core/exit_code.ts";

const seen: unknown[] = [];

const INNER = defineCommand({
  name: "load",
  summary: "load",
  description: "Loads.",
  flags: {
    rate: flag(integer(), { help: "pace", default: 1 }),
    output: flag(text(), { help: "format" }),
  },
  positionals: { usage: "FILE", min: 0, max: 1 },
  examples: [{ line: "load", does: "load" }],
  run({ values: { rate } }) {
    seen.push(rate);
    return Promise.resolve(EXIT_CODE.failed);
  },
});

Deno.test("a command around another has its flags and more, and all that it does not say otherwise", async () => {
  const output = flag(integer(), { help: "another", default: 2 });
  const outer = aroundCommand(INNER, {
    flags: { output, extra: flag(integer(), { help: "more", default: 3 }) },
    summary: "around",
    run(invocation) {
      const { output, extra } = invocation.values;
      seen.push(output + extra);
      return INNER.run(invocation);
    },
  });
  const { name, summary, description, positionals, examples, flags } = outer;
  assert.deepEqual([name, summary, description], ["load", "around", "Loads."]);
  assert.equal(positionals, INNER.positionals);
  assert.equal(examples, INNER.examples);
  assert.deepEqual(Object.keys(flags), ["rate", "output", "extra"]);
  assert.equal(flags.output, output);
  const values = { rate: 1, output: 2, extra: 3 };
  const invocation = { command: "load", values, shown: {}, positionals: [] };
  assert.equal(await outer.run(invocation as unknown as Invocation), EXIT_CODE.failed);
  assert.deepEqual(seen, [5, 1]);
});
