/**
 * `deno task test`: all tests that need nothing but Deno, a few processes side by side. Each prints
 * what it found as a whole; the last line is about all of them. Decides nothing about a test.
 * @module
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Programs of others, built or installed: `deno task test:real`. */
const PEERS = ["tests/real", "tests/peers", "tests/browser"];
/** Here commands run in this process: they leave files where they run, and measure its CPU. */
const IN_PROCESS = [
  "tests/drivers",
  "tests/sandbox/fault_matrix_test.ts",
  "tests/sandbox/steve_fault_matrix_test.ts",
];

/** Arguments of `deno test`, the longest first. Types are checked by `deno task check`. */
const SUITES: readonly (readonly string[])[] = [
  [...IN_PROCESS],
  ["--parallel", `--ignore=${[...PEERS, ...IN_PROCESS].join()}`, "tests"],
  ["--doc", "--permit-no-files", "mod.ts"],
];

/** What a suite's closing line says: `ok | 12 passed (3 steps) | 1 failed (4s)`. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly isGreen: boolean;
}

async function run(suite: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...suite],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  // Together, so that the lines of two suites do not mix.
  for (const bytes of [stdout, stderr]) write(bytes);
  const text = new TextDecoder().decode(stdout);
  const closing = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/m.exec(text);
  const [passed, failed] = [Number(closing?.[1] ?? 0), Number(closing?.[2] ?? 0)];
  return { passed, failed, isGreen: code === 0 };
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  const startMs = performance.now();
  const outcomes = await Promise.all(SUITES.map(run));
  const sum = (key: "passed" | "failed") => outcomes.reduce((sum, one) => sum + one[key], 0);
  const isGreen = outcomes.every((outcome) => outcome.isGreen);
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  write(new TextEncoder().encode(
    `\n${isGreen ? "ok" : "FAILED"} | ${sum("passed")} passed | ${sum("failed")} failed ` +
      `(all suites, ${seconds} s)\n`,
  ));
  Deno.exit(isGreen ? 0 : 1);
}
