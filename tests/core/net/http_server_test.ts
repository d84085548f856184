import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SystemClock } from "../../../core/load/clock.ts";
import { HttpServer } from "../../../core/net/http_server.ts";
import { FIRST_REQUEST_LIMIT_MS, IDLE_LIMIT_MS } from "../../../core/net/peer_activity.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const ignore = Deno.build.os !== "linux";
const STARVED = fileURLToPath(new URL("./starved_server.ts", import.meta.url));
const FEW_DESCRIPTORS = 100;
const MANY_CONNECTIONS = 200;
const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: a\r\n\r\n");

/** A server whose answer to `/open` is over when `end` is called. */
function serve(clock: FakeClock) {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  const server = new HttpServer({
    listen: { hostname: "127.0.0.1", port: 0 },
    clock,
    async handler() {
      await promise;
      return new Response("ok");
    },
    onError: () => new Response(null, { status: 500 }),
  });
  return { server, end, connect: () => Deno.connect({ ...server.addr, transport: "tcp" }) };
}

/** Moves the clock on until it has resolved: looking at the kernel's table takes real time. */
async function inTime<Result>(clock: FakeClock, result: Promise<Result>): Promise<Result> {
  const real = new SystemClock();
  let isOver = false;
  void result.finally(() => isOver = true);
  while (!isOver) {
    await clock.advance(1_000);
    await real.sleepUntil(real.now() + 1);
  }
  return result;
}

async function textOf(connection: Deno.Conn): Promise<string | null> {
  const buffer = new Uint8Array(1_000);
  const length = await connection.read(buffer);
  return length === null ? null : new TextDecoder().decode(buffer.subarray(0, length));
}

Deno.test({
  name: "a connection that sends nothing is cut at its limit, one with an open request is not",
  ignore,
  async fn() {
    const clock = new FakeClock();
    const { server, end, connect } = serve(clock);
    using silent = await connect();
    using busy = await connect();
    await busy.write(REQUEST);
    assert.equal(await inTime(clock, textOf(silent)), null);
    assert.ok(clock.now() >= FIRST_REQUEST_LIMIT_MS, `cut at ${clock.now()} ms`);
    end();
    assert.match(await textOf(busy) ?? "", /^HTTP\/1\.1 200 OK/);
    const answeredMs = clock.now();
    assert.equal(await inTime(clock, textOf(busy)), null);
    assert.ok(clock.now() - answeredMs >= IDLE_LIMIT_MS, `cut at ${clock.now()} ms`);
    await server.close({ graceMs: 0 });
    await clock.advance(1);
    assert.equal(clock.sleeperCount, 0);
  },
});

for (const protocol of ["http", "https"]) {
  Deno.test({
    name:
      `${protocol}: ${MANY_CONNECTIONS} silent connections and ${FEW_DESCRIPTORS} descriptors: ` +
      "the server says so once, cuts them and answers again",
    ignore,
    async fn() {
      await using program = starved(protocol === "https" ? ["--tls"] : []);
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
    },
  });
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

function starved(args: string[]) {
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `ulimit -n ${FEW_DESCRIPTORS}; exec "$0" "$@"`,
      Deno.execPath(),
      ...["run", "-A", "--no-check", STARVED, ...args],
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
