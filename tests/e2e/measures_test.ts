/** Every command says before a run what it can measure, and measures nothing else. */

import assert from "node:assert/strict";
import { COMMANDS, run } from "../../program.ts";
import type { Report } from "../../core/report/report.ts";
import { ThreadedIo } from "../sandbox/sandbox_worker.ts";
import { TempDir } from "../support/scaletool.ts";

/** The report of a command line that was run here. */
async function reportOf(args: readonly string[]): Promise<Report> {
  await using dir = new TempDir();
  const threaded = new ThreadedIo();
  const own = Object.keys(COMMANDS.find(({ name }) => name === args[0])?.flags ?? {});
  const files = ["out", "datafile", "data-filename"].filter((name) => own.includes(name))
    .map((name) => `--${name}=${dir.file(name)}`);
  const id = `measures-${Math.random().toString(36).slice(2)}`;
  await run([...args, ...files, `--run-id=${id}`, "-o", "json", "--quiet"], {
    ...threaded.io,
    readTextFile: (path) => Deno.readTextFileSync(path),
  });
  assert.notEqual(threaded.stdout, "", threaded.stderr);
  return JSON.parse(threaded.stdout);
}

const LOAD = ["--sandbox", "--duration=2s"];
const LINES: readonly (readonly string[])[] = [
  ["cmdriver", ...LOAD, "--lambda=20", "--maxpop=10", "--with-logger", "--on-429=retry"],
  ["cmdriverclosed", ...LOAD, "--n=20"],
  ["flunder-driver", ...LOAD, "--lambda=20", "--ttl=100ms"],
  ["cm-logger", ...LOAD],
  ["flunder-logger", ...LOAD],
  ["flunder-watch", ...LOAD, "--sandbox-fault=early-watch-close=300ms"],
  [
    "steve-watch",
    "--sandbox",
    "--duration=7s", // five of which the definition is left alone
    "--cool-down=1s",
    "--count=5",
    "--churn-rate=0",
    "--crd-period=500ms",
    "--wal-source=none",
  ],
  ["httperf", "--duration=2s"],
];

for (const line of LINES) {
  Deno.test(`all that ${line[0]} measures was declared`, async () => {
    const { manifest, summary } = await reportOf(line);
    const { operations, distributions, counters, gauges } = summary;
    const seen = [
      ...operations.map(({ op }) => op),
      ...[...distributions, ...counters, ...gauges].map(({ name }) => name),
    ];
    assert.ok(seen.length > 0);
    assert.deepEqual(seen.filter((name) => !manifest.measures.includes(name)), []);
  });
}

Deno.test("where nothing happens, amounts are 0, and thresholds about them are judged", async () => {
  const { findings, summary } = await reportOf([
    ...["flunder-watch", ...LOAD, "--sandbox-traffic=0"],
    ...["--threshold=lostEvents.total <= 0", "--threshold=evnts.total > 0"],
  ]);
  const of = (subject: string) => findings.find((finding) => finding.subject === subject);
  assert.equal(of("events.total > 0")?.observed, "0");
  assert.notEqual(of("events.total > 0")?.verdict, "pass");
  // No list was compared with another: that nothing was lost is not known.
  assert.equal(of("lostEvents.total <= 0")?.reason, "lostEvents has no values");
  assert.match(of("evnts.total > 0")?.reason ?? "", /^no metric is called "evnts"/);
  const events = summary.counters.filter(({ name }) => name === "events");
  assert.deepEqual(events.map(({ total }) => total), [0, 0, 0]);
});
