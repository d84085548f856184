import assert from "node:assert/strict";
import { defineCommand, type Invocation } from "../../../core/command/command.ts";
import { flag, integer } from "../../../core/command/flags.ts";
import { RUN_FLAGS } from "../../../core/command/run_flags.ts";
import { type GivenTexts, resolveSettings } from "../../../core/command/settings.ts";
import { type GeneratorsPlace, withGenerators } from "../../../core/command/with_generators.ts";
import { UsageError } from "../../../core/errors.ts";
import type { Coordinator } from "../../../core/generators/coordinator.ts";
import { EXIT_CODE } from "../../../core/exit_code.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { recordingIo } from "../../support/recording_io.ts";
import { MemoryHost } from "../run/generators/memory_host.ts";

function place(name: string): GeneratorsPlace {
  return {
    flags: { [name]: flag(integer({ min: 1 }), { help: "" }) },
    isAskedFor: ({ values }) => values[name] !== undefined,
    host: ({ values }) =>
      Promise.resolve(
        new MemoryHost({ count: values[name] as number, live: () => Promise.resolve(0) }),
      ),
  };
}

function commandThatTells(seen: Invocation[], flags = {}) {
  const texts = { summary: "", description: "", examples: [] };
  return defineCommand({
    ...texts,
    name: "driver",
    flags: { ...RUN_FLAGS, ...flags },
    run: (invocation) => {
      seen.push(invocation as unknown as Invocation);
      return Promise.resolve(EXIT_CODE.pass);
    },
  });
}

async function used(flags: GivenTexts, more: Partial<Invocation> = {}): Promise<Invocation> {
  const seen: Invocation[] = [];
  const command = withGenerators(commandThatTells(seen), [place("processes"), place("pods")]);
  const settings = resolveSettings(command.flags, {
    command: "driver",
    flags,
    env: () => undefined,
  });
  const { io } = recordingIo();
  await command.run({ command: "driver", ...settings, positionals: [], io, ...more });
  return seen[0]!;
}

Deno.test("without a place the command runs as it always did", async () => {
  const { generators, values } = await used({});
  assert.deepEqual([generators, values["run-id"], values.seed], [undefined, undefined, 0]);
});

Deno.test("with one there are so many, and all are of one run and one chance", async () => {
  const { generators, values } = await used({ processes: ["3"] });
  assert.equal(generators?.place.count, 3);
  assert.match(values["run-id"] as string, /^\d{8}-\d{6}-\d{4}$/);
  assert.ok(values.seed as number > 0);
  const named = await used({ pods: ["2"], "run-id": ["r1"], seed: ["7"] });
  assert.deepEqual([named.values["run-id"], named.values.seed], ["r1", 7]);
});

Deno.test("a generator has none of its own", async () => {
  const coordinator = { share: { index: 0, of: 2 } } as Coordinator;
  assert.equal((await used({}, { coordinator })).generators, undefined);
});

const REFUSED: readonly [GivenTexts, Partial<Invocation>, RegExp][] = [
  [{ processes: ["2"], pods: ["2"] }, {}, /--processes and --pods do not go together/],
  [{ "generators-timeout": ["1s"] }, {}, /--generators-timeout .* needs --processes or --pods/],
  [
    { processes: ["1"] },
    { simulation: { clock: new FakeClock(), fetch: () => assert.fail() } },
    /--processes does not go with --simulate/,
  ],
];

for (const [flags, more, says] of REFUSED) {
  Deno.test(`refused: ${says.source}`, async () => {
    await assert.rejects(used(flags, more), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("a flag of the command's own is never taken from it", () => {
  const own = commandThatTells([], { "generators-timeout": RUN_FLAGS.duration });
  assert.throws(() => withGenerators(own, [place("processes")]), /--generators-timeout already/);
});
