/**
 * `deno task test`: all tests that need nothing but Deno, in a few processes side by side. The last
 * line is about all of them. `deno task test ARGUMENTS` is `deno test` with these, for a file or two.
 * Decides nothing about a test.
 * @module
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Programs of others, built or installed: `deno task test:real`. */
const PEERS = ["tests/real", "tests/peers", "tests/browser"];
/** Commands run in the test's own process: they leave files where it stands, and measure its CPU. */
const IN_PROCESS = [
  "tests/drivers",
  "tests/sandbox/fault_matrix_test.ts",
  "tests/sandbox/gateway_fault_matrix_test.ts",
];
/** Waits most of its 80 s, so it begins at once. */
const SLOWEST = ["tests/sandbox/steve_fault_matrix_test.ts"];

/** Arguments of `deno test`. The first suite is shown as it goes, the others when all are over. */
const SUITES: readonly (readonly string[])[] = [
  ["--parallel", `--ignore=${[...PEERS, ...IN_PROCESS, ...SLOWEST].join()}`, "tests"],
  IN_PROCESS,
  SLOWEST,
  ["--doc", "--permit-no-files", "mod.ts"],
];

interface Outcome {
  readonly output: string;
  readonly passed: number;
  readonly failed: number;
  readonly isGreen: boolean;
}

/** Runs one suite; its types are checked by `deno task check`. */
async function run(suite: readonly string[], show: (text: string) => void): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...suite],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    let all = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      all += text;
      show(text);
    }
    return all;
  };
  const [{ success }, stdout, stderr] = await Promise.all([
    child.status,
    read(child.stdout),
    read(child.stderr),
  ]);
  const closing = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/m.exec(stdout);
  return {
    output: stdout + stderr,
    passed: Number(closing?.[1] ?? 0),
    failed: Number(closing?.[2] ?? 0),
    isGreen: success && closing !== null,
  };
}

function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  const startMs = performance.now();
  const suites = Deno.args.length === 0 ? SUITES : [Deno.args];
  const outcomes = await Promise.all(
    suites.map((suite, index) => run(suite, index === 0 ? write : () => {})),
  );
  for (const { output } of outcomes.slice(1)) write(output);
  const isGreen = outcomes.every((outcome) => outcome.isGreen);
  const sum = (key: "passed" | "failed") => outcomes.reduce((sum, one) => sum + one[key], 0);
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  write(
    `${isGreen ? "All suites are green" : "Some suite FAILED"} after ${seconds} s: ` +
      `${sum("passed")} passed, ${sum("failed")} failed\n`,
  );
  Deno.exit(isGreen ? 0 : 1);
}
