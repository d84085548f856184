import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import {
  propagationCommand,
  type PropagationFlags,
} from "../../../../probes/gateway/propagation/command.ts";
import { propagation, usePropagation } from "../../../../probes/gateway/propagation/propagation.ts";
import { invocationOf } from "../invocation.ts";
import { unmeasuredFigures } from "../unmeasured_figures.ts";

function invocation(...args: readonly string[]) {
  return invocationOf<PropagationFlags>(propagationCommand, args);
}

const ONE = ["--gateways", "a/gw"];
const TWO = ["--gateways", "a/gw,b/gw"];

Deno.test("one model says how many routes come when, and what else happens", async () => {
  const alone = propagation(await invocation(...ONE, "--routes", "7", "--rate", "3/s"));
  assert.equal(alone.model, "7 routes at constant:3/s");
  const loaded = propagation(await invocation(...ONE, "--under-load", "poisson:5/s"));
  assert.equal(
    loaded.model,
    "100 routes at poisson:2/s, alone and while others change at poisson:5/s",
  );
  assert.equal(alone.tables?.length, 1);
  assert.deepEqual(loaded.tables?.map(({ title }) => title), [
    "Propagation, alone",
    "Propagation, under load",
  ]);
});

Deno.test("sockets are those of all pools that ask at a time", async () => {
  assert.equal(propagation(await invocation(...TWO)).otherSockets, 32);
  assert.equal(propagation(await invocation(...TWO, "--joined")).otherSockets, 64);
  const kept = await invocation(...ONE, "--connection", "kept");
  assert.equal(propagation(kept).otherSockets, 16);
});

Deno.test("the most objects at a time are those before, those that change and those of one part", async () => {
  const args = ["--routes", "10", "--initial-routes", "30", "--under-load", "1/s"];
  const { objects } = propagation(await invocation(...ONE, ...args));
  assert.deepEqual(objects.map(({ mostAtOnce }) => mostAtOnce), [61]);
});

Deno.test("every threshold, sign and column is about something that is measured", async () => {
  for (const args of [[], ["--under-load", "5/s"], ["--connection", "kept"]]) {
    const probe = propagation(await invocation(...ONE, ...args));
    assert.deepEqual(unmeasuredFigures(probe, "create", "update"), []);
  }
});

Deno.test("what no run can be made of is refused before anything is contacted", async () => {
  const wrong: readonly [RegExp, readonly string[]][] = [
    [/^--rate: Cannot read arrivals "fast"/, [...ONE, "--rate", "fast"]],
    [/^--under-load: Cannot read arrivals "much"/, [...ONE, "--under-load", "much"]],
    [/--gateways: name at least one/, []],
  ];
  for (const [message, args] of wrong) {
    const given = await invocation(...args);
    assert.throws(() => usePropagation(given), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});
