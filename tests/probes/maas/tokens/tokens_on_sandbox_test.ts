/** The program as it is used, on a model gateway that stands in for a real one. @module */

import assert from "node:assert/strict";
import { changedTree } from "../../../../core/command/command_tree.ts";
import { maasCommands } from "../../../../probes/mod.ts";
import { run } from "../../../../program.ts";
import { withMaasSandbox } from "../../../../sandbox/mod.ts";
import { ThreadedIo } from "../../../sandbox/sandbox_worker.ts";
import { TempDir } from "../../../support/scaletool.ts";

/** The header of every token is the same (RFC 7515, appendix A.1: base64url of `{"`). */
const TOKEN = /eyJ[\w-]{10,}/;

const SHORT = ["--requests", "80", "--arm-time", "100ms", "--reviews", "100", "--max-tokens", "1"];

interface Reported {
  readonly findings: readonly { readonly subject: string; readonly verdict: string }[];
  readonly stages: readonly { readonly name: string }[];
  readonly tables: readonly {
    readonly title: string;
    readonly rows: { readonly name: string }[];
  }[];
}

async function tokensUsed(args: readonly string[]) {
  const dir = new TempDir();
  const threaded = new ThreadedIo();
  const commands = changedTree([maasCommands], { command: withMaasSandbox });
  const out = dir.file("run");
  const line = ["maas", "tokens", "--sandbox", "--raise-limits=true", "--prove-restore", "0s"];
  const given = [...line, ...SHORT, ...args, "--out", out, "-o", "json", "--seed", "7"];
  const code = await run(given, threaded.io, commands);
  const { stdout, stderr } = threaded;
  const files = [...Deno.readDirSync(out)].filter(({ isFile }) => isFile)
    .map(({ name }) => Deno.readTextFileSync(`${out}/${name}`));
  await dir[Symbol.asyncDispose]();
  return { code, stderr, report: JSON.parse(stdout) as Reported, said: [stdout, stderr, ...files] };
}

Deno.test("each number of tokens is measured, and no token is told anywhere", async () => {
  const { code, stderr, report, said } = await tokensUsed(["--counts", "2,5"]);
  assert.ok([0, 3, 4].includes(code), stderr);
  const [volume, arms, reviews] = report.tables;
  for (const table of [volume, arms, reviews]) {
    assert.deepEqual(table?.rows.map(({ name }) => name), ["2", "2-again", "5"], table?.title);
  }
  assert.equal(report.stages.length, 12);
  // Whether one is slower is a matter of this machine; whether all are there is not.
  const fixed = report.findings.filter(({ subject }) => !subject.startsWith("p95"));
  assert.deepEqual(fixed.filter(({ verdict }) => verdict !== "pass"), []);
  assert.equal(report.findings.length - fixed.length, 2);
  assert.ok(said.length > 4);
  for (const text of said) assert.doesNotMatch(text, TOKEN);
});

Deno.test("an auth service that refuses everybody is accused, and not the number of tokens", async () => {
  const { code, stderr, report } = await tokensUsed([
    ...["--counts", "2,5", "--sandbox-fault", "limiter-dry"],
  ]);
  assert.equal(code, 3, stderr);
  const of = (text: string) => report.findings.filter(({ subject }) => subject.startsWith(text));
  assert.deepEqual(of("chat{tokens=2}").map(({ verdict }) => verdict), ["fail"]);
  assert.deepEqual(of("p95").map(({ verdict }) => verdict), ["inconclusive", "inconclusive"]);
});
