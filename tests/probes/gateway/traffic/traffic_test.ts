import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { trafficCommand, type TrafficFlags } from "../../../../probes/gateway/traffic/command.ts";
import { traffic, useTraffic } from "../../../../probes/gateway/traffic/traffic.ts";
import { invocationOf } from "../invocation.ts";

function invocation(...args: readonly string[]) {
  return invocationOf<TrafficFlags>(trafficCommand, args);
}

const ONE = ["--gateways", "a/gw"];
const TWO = ["--gateways", "a/gw,b/gw"];

Deno.test("one load says what goes where, how fast and for how long", async () => {
  const probe = traffic(await invocation(...ONE, "--rate", "poisson:50/s", "--payload", "1KiB"));
  assert.equal(
    probe.model,
    "open, poisson:50/s to each Gateway on 16 kept connections, POSTs of 1.02 kB of a route that redirects",
  );
  assert.equal(probe.otherSockets, 16);
  assert.ok(probe.sections.some(({ value }) => value === "30s"));
});

Deno.test("its duration is that of its stage: with two Gateways the run is twice as long", async () => {
  const { values } = useTraffic(await invocation(...TWO, "--duration", "5s"));
  assert.equal(values?.duration, undefined);
});

Deno.test("with all Gateways at once there are connections to each of them", async () => {
  const joined = traffic(await invocation(...TWO, "--joined", "--connections", "3"));
  assert.equal(joined.otherSockets, 6);
  assert.equal(traffic(await invocation(...TWO, "--connections", "3")).otherSockets, 3);
});

Deno.test("a ladder has its rate from the rungs, and sockets for its highest one", async () => {
  const rates = traffic(await invocation(...ONE, "--ladder", "10,20", "--rate", "poisson:1/s"));
  assert.equal(rates.ladder?.flag, "rate");
  const most = traffic(await invocation(...ONE, "--ladder", "connections=1,64"));
  assert.equal(most.otherSockets, 64);
});

Deno.test("every way for a run to fail has a cause, and on rungs only what rungs have", async () => {
  for (const args of [[], ["--find-max"]]) {
    const { defaultThresholds, causes = [] } = traffic(await invocation(...ONE, ...args));
    const signs = causes.map(({ sign }) => sign);
    assert.deepEqual(signs, [...defaultThresholds ?? [], "connectionWait.p50 <= 0ms"]);
  }
});

Deno.test("what no run can be made of is refused before anything is contacted", async () => {
  const wrong: readonly [RegExp, readonly string[]][] = [
    [/^--rate: /, [...ONE, "--rate", "fast"]],
    [/^--rate: nothing of .* is due within --duration 1s/, [
      ...ONE,
      ...["--rate", "step:0/s@10s,1/s@10s", "--duration", "1s"],
    ]],
    [/--ladder is for one Gateway/, [...TWO, "--ladder", "1,2"]],
    [/--find-max begins at the value of --rate/, [...ONE, "--find-max", "--rate", "burst:1@1s"]],
    [/--ladder: --rate .* has no one rate/, [...ONE, "--ladder", "1,2", "--rate", "burst:1@1s"]],
    [/--gateways: name at least one/, []],
  ];
  for (const [message, args] of wrong) {
    const given = await invocation(...args);
    assert.throws(() => useTraffic(given), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("rates are of a Gateway where it has all the time of the run, and of its stage otherwise", async () => {
  const rowsOf = async (...args: readonly string[]) =>
    traffic(await invocation(...args)).tables?.map(({ rows }) => rows.by);
  assert.deepEqual(await rowsOf(...ONE), ["tag"]);
  assert.deepEqual(await rowsOf(...TWO, "--joined"), ["tag"]);
  assert.deepEqual(await rowsOf(...TWO), ["stage"]);
  assert.deepEqual(await rowsOf(...ONE, "--ladder", "1,2"), ["stage"]);
});
