import assert from "node:assert/strict";
import { UsageError } from "../../core/errors.ts";
import { flagNames, type Flags } from "../../core/command/flags.ts";
import { CLOSED_FLAGS, CMDRIVER_FLAGS, OPEN_FLAGS } from "../../drivers/flags.ts";
import { settingsOf } from "./harness.ts";

/**
 * The original programs' flags with their defaults, as k8api-scaletest has them (branch main,
 * 2022-07-05); `undefined` where ours is deliberately another.
 */
const ORIGINALS: Record<string, [flags: Flags, defaults: Record<string, unknown>]> = {
  cmdriver: [CMDRIVER_FLAGS, {
    kubeconfig: undefined, // "": in-cluster only; ours also looks where kubectl does
    lambda: 1,
    n: 300,
    maxpop: 100,
    datalen: 2_000,
    datafile: "{{.RunID}}-driver.csv",
    runid: undefined,
    seed: 0,
    clientlb: false,
    metricport: undefined, // 9376: ours listens nowhere unless asked
    waitBeforeTerminate: 15_000,
  }],
  cmdriverclosed: [CLOSED_FLAGS, {
    kubeconfig: undefined,
    n: 300,
    maxpop: 100,
    conns: 0,
    threads: 1,
    rate: 100,
    updates: 1,
    "name-pad-length": 0,
    "hack-create": false,
    "create-value-length": 100,
    "update-value-length": 100,
    "create-only": false,
    datafile: "{{.RunID}}-driver.csv",
    runid: undefined,
    seed: 0,
  }],
  "flunder-driver": [OPEN_FLAGS, {
    kubeconfig: undefined,
    lambda: 1,
    n: 300,
    maxpop: 100,
    datafile: "{{.RunID}}-driver.csv",
    runid: undefined,
    seed: 0,
  }],
};

for (const [command, [flags, defaults]] of Object.entries(ORIGINALS)) {
  Deno.test(`${command} takes every flag of the original, with its default`, () => {
    const names = flagNames(flags);
    for (const [name, value] of Object.entries(defaults)) {
      const flag = names.get(name);
      assert.ok(flag !== undefined, `--${name} is missing`);
      assert.deepEqual(flags[flag]?.defaultValue, value, `--${name}`);
    }
  });
}

const REFUSED: [flags: Flags, given: Record<string, string>][] = [
  [CMDRIVER_FLAGS, { n: "0" }],
  [CMDRIVER_FLAGS, { lambda: "0" }],
  [CMDRIVER_FLAGS, { lambda: "-1" }],
  [CMDRIVER_FLAGS, { maxpop: "0" }],
  [CMDRIVER_FLAGS, { datalen: "2MB" }],
  [CMDRIVER_FLAGS, { metricport: "70000" }],
  [CLOSED_FLAGS, { threads: "0" }],
  [CLOSED_FLAGS, { rate: "-1" }],
  [CLOSED_FLAGS, { conns: "-1" }],
  [CLOSED_FLAGS, { updates: "-1" }],
  [CLOSED_FLAGS, { "update-value-length": "9" }],
];

for (const [flags, given] of REFUSED) {
  Deno.test(`${JSON.stringify(given)}, which the originals took, is refused`, () => {
    const [name] = Object.keys(given);
    assert.throws(() => settingsOf(flags, given), (error: Error) => {
      return error instanceof UsageError && error.message.startsWith(`--${name} must be `);
    });
  });
}

Deno.test("a duration may be a bare number of seconds, as the original's waitBeforeTerminate", () => {
  const { values } = settingsOf(CMDRIVER_FLAGS, { waitBeforeTerminate: "20", ttl: "1.5" });
  assert.deepEqual([values.waitBeforeTerminate, values.ttl], [20_000, 1_500]);
});

Deno.test("every flag has a help line of its own", () => {
  for (const flags of [CMDRIVER_FLAGS, CLOSED_FLAGS, OPEN_FLAGS]) {
    const helps = Object.values(flags).map(({ help }) => help);
    assert.ok(helps.every((help) => help.length > 5 && !help.endsWith(".")));
    assert.equal(new Set(helps).size, helps.length);
  }
});
