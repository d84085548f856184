/**
 * A server in a process that has few descriptors, and more silent clients than that: does it answer
 * afterwards? The program says `port N` and `interrupted: WHY`, and `closed: true` at its end.
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";

const FEW_DESCRIPTORS = 100;
const MANY_CONNECTIONS = 200;

/** What is required, for the name of a test. */
export const OUTLIVES = "the server says so once, cuts them and answers again";

export async function requireOutliving(
  programPath: string,
  { protocol }: { protocol: "http" | "https" },
): Promise<void> {
  await using program = starved(programPath, protocol === "https" ? ["--tls"] : []);
  const port = Number((await program.line(/^port (\d+)$/m))[1]);
  const silent: Deno.Conn[] = [];
  for (let index = 0; index < MANY_CONNECTIONS; index++) {
    // Those that come while it does not listen are refused.
    const one = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    if (one !== undefined) silent.push(one);
  }
  const [, message] = await program.line(/^interrupted: (.*)$/m);
  assert.match(message ?? "", /could take no more connections .*\(ulimit -n\)/);
  assert.equal(await firstAnswer(port, protocol), "HTTP/1.1 200 OK");
  for (const one of silent) one.close();
  const text = await program.end();
  assert.equal(text.match(/interrupted/g)?.length, 1);
  assert.match(text, /closed: true\n$/);
}

/** Asks until it is answered: a server that never answers again fails by the test's own time limit. */
async function firstAnswer(port: number, protocol: string): Promise<string | undefined> {
  let head: string | undefined;
  await eventually("an answer", async () => {
    const child = new Deno.Command("curl", {
      args: ["-sSki", "--http1.1", "--max-time", "10", `${protocol}://127.0.0.1:${port}/`],
      stderr: "null",
    });
    const { success, stdout } = await child.output();
    if (success) [head] = new TextDecoder().decode(stdout).split("\r\n");
    return success;
  });
  return head;
}

function starved(program: string, args: string[]) {
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `ulimit -n ${FEW_DESCRIPTORS}; exec "$0" "$@"`,
      Deno.execPath(),
      ...["run", "-A", "--no-check", program, ...args],
    ],
    stdin: "piped",
    stdout: "piped",
    signal: AbortSignal.timeout(170_000),
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const more = async () => {
    const { value, done } = await reader.read();
    text += value ?? "";
    return !done;
  };
  return {
    async line(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const match = pattern.exec(text);
        if (match !== null) return match;
        assert.ok(await more(), `${pattern} never came:\n${text}`);
      }
    },
    async end(): Promise<string> {
      await child.stdin.close();
      while (await more());
      return text;
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.close().catch(() => {});
      while (await more());
      await child.status;
    },
  };
}
