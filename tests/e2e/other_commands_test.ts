import assert from "node:assert/strict";
import { assertEnded, scaletool, TempDir } from "../support/scaletool.ts";

const SMALL = ["--requests", "20", "--blocks-per-request", "2", "--period", "1ms", "-q"];

Deno.test("version names the program and its runtime, in text and JSON", async () => {
  const { stdout } = await scaletool(["version"]);
  assert.match(stdout, /^scaletool \d+\.\d+\.\d+ \(deno /);
  assert.equal((await scaletool(["--version"])).stdout, stdout);
  const { name, deno } = JSON.parse((await scaletool(["version", "-o", "json"])).stdout);
  assert.equal(name, "scaletool");
  assert.match(deno, /^\d+\.\d+\.\d+/);
});

Deno.test("the executable is smaller than 110 MB", () => {
  const binary = Deno.env.get("SCALETOOL_BIN");
  if (binary === undefined) return; // the sources are being tested
  assert.ok(Deno.statSync(binary).size < 110e6, `${Deno.statSync(binary).size} bytes`);
});

Deno.test("report gives every format again, with the exit code of the run", async () => {
  await using dir = new TempDir();
  const run = dir.file("run");
  const failed = await scaletool([
    "httperf",
    ...SMALL,
    "--threshold",
    "receivedBytes.total > 1GB",
    "--out",
    run,
  ]);
  assertEnded(failed, 3);
  const beginnings = {
    text: /^VERDICT/,
    json: /^\{/,
    yaml: /^schemaVersion: 1/,
    csv: /^scope,/,
    junit: /^<\?xml/,
    html: /^<!doctype html>/i,
  };
  for (const [format, beginning] of Object.entries(beginnings)) {
    const again = await scaletool(["report", "-o", format, run]);
    assert.equal(again.code, failed.code, again.stderr);
    assert.match(again.stdout, beginning);
  }
  assert.equal(
    (await scaletool(["report", "-o", "json", run])).stdout,
    Deno.readTextFileSync(`${run}/result.json`),
  );
});

Deno.test("compare tells a regression with exit code 3", async () => {
  await using dir = new TempDir();
  const flags = ["--blocks-per-request", "1", "--threads", "4", "--duration", "6s", "-q"];
  for (const [name, period] of [["base", "10ms"], ["slow", "500ms"]] as const) {
    const run = await scaletool(["httperf", ...flags, "--period", period, "--out", dir.file(name)]);
    assertEnded(run);
  }
  const compared = await scaletool([
    "compare",
    "--fail-on",
    "request.rate<-20%",
    dir.file("base"),
    dir.file("slow"),
  ]);
  assert.equal(compared.code, 3, compared.stdout);
  assert.match(compared.stdout, /request\.rate .* worse/);
  const missing = await scaletool(["compare", dir.file("base"), dir.file("none")]);
  assert.equal(missing.code, 1);
});

Deno.test("completion prints a script, and the script's questions are answered", async () => {
  const script = await scaletool(["completion", "bash"]);
  assert.equal(script.code, 0, script.stderr);
  assert.match(script.stdout, /scaletool complete -- /);
  const answer = await scaletool(["complete", "--", "httperf", "--conn"]);
  assert.match(answer.stdout, /^--connections\t/m);
  assert.match(
    (await scaletool(["complete", "--", "httperf", "--flush", ""])).stdout,
    /^coalesce/m,
  );
});

Deno.test("a plan file and a variable set flags, and the manifest says which did", async () => {
  await using dir = new TempDir();
  const plan = dir.file("plan.yaml");
  Deno.writeTextFileSync(plan, "httperf:\n  block-size: 1KiB\n  threads: 3\n");
  const run = await scaletool(["httperf", ...SMALL, "--plan", plan, "--out", dir.file("run")], {
    env: { SCALETOOL_HTTPERF_THREADS: "2" },
  });
  assertEnded(run);
  const { flags } = JSON.parse(Deno.readTextFileSync(dir.file("run/manifest.json")));
  assert.deepEqual(flags["block-size"], { value: "1KiB", source: "plan" });
  assert.deepEqual(flags.threads, { value: "2", source: "env" });
  assert.equal(flags.requests.source, "flag");
});
