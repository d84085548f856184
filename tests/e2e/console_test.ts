import assert from "node:assert/strict";
import { ControlServer, refused } from "../../core/control/control_server.ts";
import { ControlSocket } from "../../core/control/control_socket.ts";
import {
  type Answer,
  PROTOCOL_VERSION as version,
  type Status,
} from "../../core/control/protocol.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { RunDirectory } from "../../core/run_log/run_directory.ts";
import type { Change } from "../../core/run_log/change.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { SAMPLE_MANIFEST } from "../support/sample_report.ts";
import { hasPeer, scaletool, TempDir } from "../support/scaletool.ts";

const hasTerminals = hasPeer("python3") && Deno.build.os !== "windows";

/** A run of `scaletool-runs` that does what it is asked, and nothing else. */
class SteeredRun implements AsyncDisposable {
  readonly dir = new TempDir();
  readonly asked: Change[] = [];
  readonly #directory: RunDirectory;
  readonly #server: ControlServer;
  status: Status = {
    runId: "soak",
    command: "cmdriver",
    target: "https://127.0.0.1:6443",
    state: "running",
    elapsedMs: 12_000,
    line: "12s  create 100/s",
    targetRatePerSec: 100,
    workers: null,
    changes: ["rate", "pause", "resume", "stop", "mark"],
  };

  constructor() {
    const path = this.dir.file("scaletool-runs/soak");
    this.#directory = RunDirectory.create(path, { ...SAMPLE_MANIFEST, runId: "soak" });
    this.#server = new ControlServer(ControlSocket.listen(path), {
      clock: new SystemClock(),
      answer: (request) =>
        Promise.resolve(
          request.ask === "status"
            ? { version, status: this.status }
            : this.#changed(request.change),
        ),
    });
  }

  /** As a run ends. */
  async end(): Promise<void> {
    this.#directory.append({ type: "end", reason: "duration", atMs: 60_000 });
    await this.#server[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#directory.close();
    await this.dir[Symbol.asyncDispose]();
  }

  #changed(change: Change): Answer {
    this.asked.push(change);
    if (change.kind === "stop") {
      return refused({ kind: "cannotChange", message: "it stops already" });
    }
    const now = change.kind === "rate" ? `rate ${change.ratePerSec}/s` : change.kind;
    return { version, inForce: { now, sinceMs: 12_000 } };
  }
}

function consoleTest(name: string, body: (at: PseudoTerminal, run: SteeredRun) => Promise<void>) {
  Deno.test({
    name,
    ignore: !hasTerminals,
    async fn() {
      await using run = new SteeredRun();
      await using at = new PseudoTerminal(["console"], { cwd: run.dir.path });
      await at.sees(/cmdriver goes on.*\n.*soak> /);
      await body(at, run);
    },
  });
}

consoleTest("what is typed at a console is asked of the run and answered", async (at, run) => {
  await at.type("rate 200\r");
  await at.sees(/rate 200\/s since 12s/);
  await at.type("mark  über 'a/b', \"done\"\r");
  await at.sees(/mark since 12s/);
  await at.type("stop\r");
  await at.sees(/stop: it stops already/);
  await at.type("rate fast\r");
  await at.sees(/rate X: must be a number, not "fast"/);
  await at.type("pauze\r");
  await at.sees(/no command "pauze" \(did you mean "pause"\?\); help lists them/);
  await at.type("rate\r");
  await at.sees(/arrivals per second from now on[^]*rate .*<X>/);
  await at.type("constructor\r");
  await at.sees(/no command "constructor"/);
  await at.type("status\r");
  await at.sees(/state +running, 12s/);
  await at.type("exit\r");
  await at.sees(/left; run soak goes on/);
  assert.deepEqual(await at.left(), { code: 0, isAsBefore: true });
  assert.deepEqual(run.asked, [
    { kind: "rate", ratePerSec: 200 },
    { kind: "mark", text: "über 'a/b', \"done\"" },
    { kind: "stop" },
  ]);
});

consoleTest(
  "the tabulator completes what this run can be asked for, cursor up is history",
  async (at, run) => {
    await at.type("s\t");
    await at.sees(/st/);
    await at.type("\t");
    await at.sees(/status\s+stop[^]*soak> st/);
    await at.type("atus\r");
    await at.sees(/state +running[^]*soak> /);
    await at.type("ra\t");
    await at.sees(/rate /);
    await at.type("\t");
    await at.sees(/100/);
    await at.type("\r");
    await at.sees(/rate 100\/s since/);
    await at.type("\x1b[A");
    await at.sees(/soak> rate 100/);
    await at.type("\r");
    await at.sees(/rate 100\/s since/);
    await at.type("\x04");
    await at.left();
    const rate = { kind: "rate", ratePerSec: 100 } as const;
    assert.deepEqual(run.asked, [rate, rate]);
  },
);

consoleTest("watch shows a line a second until a key, which is typed nowhere", async (at, run) => {
  await at.type("watch\r");
  await at.sees(/12s {2}create 100\/s/);
  run.status = { ...run.status, line: "13s  create 99/s" };
  await at.sees(/13s {2}create 99\/s/);
  await at.type("p");
  await at.sees(/soak> /);
  await at.type("mark x\r");
  await at.sees(/mark since/);
  assert.deepEqual(run.asked, [{ kind: "mark", text: "x" }]);
});

for (const [key, text] of [["Ctrl-C", "\x03"], ["Ctrl-D", "\x04"]] as const) {
  for (
    const [what, typed, seen] of [
      ["at the prompt", "", /^/],
      ["amid a line", "sto", /sto/],
      ["while it watches", "watch\r", /12s {2}create/],
    ] as const
  ) {
    consoleTest(`${key} ${what} leaves the console, and never the run`, async (at, run) => {
      await at.type(typed);
      await at.sees(seen);
      await at.type(text === "\x04" && typed === "sto" ? "\x15\x04" : text);
      await at.sees(/left; run soak goes on/);
      assert.deepEqual(await at.left(), { code: 0, isAsBefore: true });
      assert.deepEqual(run.asked, []);
    });
  }
}

consoleTest("the end of the run is told and ends the console", async (at, run) => {
  await at.type("mar");
  await at.sees(/mar/);
  await run.end();
  await at.sees(/run soak: it is over, ended by duration after 1m/);
  assert.deepEqual(await at.left(), { code: 0, isAsBefore: true });
});

consoleTest("Ctrl-Z does nothing", async (at, run) => {
  await at.type("\x1a");
  await at.type("mark x\r");
  await at.sees(/mark since/);
  assert.equal(run.asked.length, 1);
});

consoleTest("a signal ends the console with the terminal as it was", async (at, run) => {
  await at.kill("SIGTERM");
  assert.deepEqual(await at.left(), { code: 143, isAsBefore: true });
  assert.deepEqual(run.asked, []);
});

Deno.test("without a terminal a console is refused in one line that names ctl", async () => {
  await using run = new SteeredRun();
  const { code, stdout, stderr } = await scaletool(["console", "soak"], { cwd: run.dir.path });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^scaletool: console needs a terminal.*scaletool ctl soak.*\n$/);
});
