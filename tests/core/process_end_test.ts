import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { atProcessEnd } from "../../core/process_end.ts";
import { gone, pidsIn } from "../support/living_process.ts";
import { TempDir } from "../support/scaletool.ts";

const PROGRAM = fileURLToPath(new URL("../support/ending_process.ts", import.meta.url));

Deno.test("a temporary folder, and a program with what it has started, go with the process", async () => {
  await using dir = new TempDir();
  const [script, pidFile] = [dir.file("script"), dir.file("pids")];
  Deno.writeTextFileSync(script, `#!/bin/sh\nsleep 600 & echo "$$\n$!" > ${pidFile}; wait\n`);
  Deno.chmodSync(script, 0o755);
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", PROGRAM, script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const folder = (await output.read()).value?.trim() ?? "";
  const pids = await pidsIn(pidFile, 2);
  assert.ok(Deno.statSync(`${folder}/file`).isFile);
  await child.stdin.close();
  assert.equal((await child.status).code, 7);
  await gone(pids);
  assert.throws(() => Deno.statSync(folder), Deno.errors.NotFound);
  await output.cancel();
});

Deno.test("what has been undone before is not undone again, and a failure stops none of the others", () => {
  const undone: string[] = [];
  atProcessEnd(() => undone.push("one"));
  const done = atProcessEnd(() => undone.push("done before"));
  atProcessEnd(() => {
    throw new Error("gone already");
  });
  atProcessEnd(() => undone.push("other"));
  done[Symbol.dispose]();
  globalThis.dispatchEvent(new Event("unload"));
  globalThis.dispatchEvent(new Event("unload"));
  assert.deepEqual(undone, ["one", "other"]);
});
