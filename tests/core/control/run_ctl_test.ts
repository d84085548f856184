import assert from "node:assert/strict";
import { ControlServer, refused } from "../../../core/control/control_server.ts";
import { ControlSocket } from "../../../core/control/control_socket.ts";
import type { Answer, Request } from "../../../core/control/protocol.ts";
import { connectToRun } from "../../../core/control/runs.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import { RunDirectory } from "../../../core/run_log/run_directory.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import { completionText } from "../../../core/command/completion/mod.ts";
import { COMMANDS, run } from "../../../program.ts";
import { recordingIo } from "../../support/recording_io.ts";
import { SAMPLE_MANIFEST } from "../../support/sample_report.ts";
import { TempDir } from "../../support/scaletool.ts";
import { STATUS } from "./serving.ts";

/** A folder of runs, some of which go on. */
class Runs implements AsyncDisposable {
  readonly dir = new TempDir();
  readonly asked: Request[] = [];
  readonly #servers: ControlServer[] = [];

  /** One that has left its log. */
  add(id: string, { hostName = Deno.hostname(), records = [] }: {
    hostName?: string;
    records?: readonly RunLogRecord[];
  } = {}): string {
    const host = { ...SAMPLE_MANIFEST.host, name: hostName };
    const path = this.dir.file(id);
    const directory = RunDirectory.create(path, { ...SAMPLE_MANIFEST, runId: `id-${id}`, host });
    directory.append(...records);
    directory.close();
    return path;
  }

  /** One that goes on. */
  serve(id: string, answer = (request: Request) => Promise.resolve(answerTo(request, id))): void {
    const socket = ControlSocket.listen(this.add(id));
    this.#servers.push(
      new ControlServer(socket, {
        clock: new SystemClock(),
        answer: (request) => {
          this.asked.push(request);
          return answer(request);
        },
      }),
    );
  }

  /** One that was killed: its socket is there, and nobody listens. */
  async kill(id: string): Promise<void> {
    const path = `${this.add(id)}/control.sock`;
    const script = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} });
      Deno.kill(Deno.pid, "SIGKILL")`;
    await new Deno.Command(Deno.execPath(), { args: ["eval", script] }).output();
  }

  /** What `scaletool ctl` makes of these words. */
  async ctl(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { io, output } = recordingIo();
    const code = await run(["ctl", "--runs", this.dir.path, ...words], io);
    return { code, ...output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}

function answerTo(request: Request, runId: string): Answer {
  return request.ask === "status"
    ? { version: 1, status: { ...STATUS, runId } }
    : { version: 1, inForce: { now: `${request.change.kind} it is`, sinceMs: 12_340 } };
}

Deno.test("ctl shows how the only run that goes on is, for people and for programs", async () => {
  await using runs = new Runs();
  runs.serve("a");
  runs.add("over");
  await runs.kill("killed");
  assert.deepEqual(await runs.ctl("status"), {
    code: 0,
    stdout: `run      a
command  driver
target   https://127.0.0.1:6443
state    running, 12s
rate     100/s
now      12s of 1m  request 100/s
changes  rate X, pause, mark TEXT
`,
    stderr: "",
  });
  const { stdout } = await runs.ctl("status", "-o", "json");
  assert.deepEqual(JSON.parse(stdout), { ...STATUS, runId: "a" });
});

Deno.test("ctl asks for a change and says what is in force, and since when", async () => {
  await using runs = new Runs();
  runs.serve("a");
  const { code, stdout } = await runs.ctl("a", "mark", "now", "v2");
  assert.deepEqual([code, stdout], [0, "mark it is since 12.3s\n"]);
  const { stdout: json } = await runs.ctl("rate", "-o", "json", "7");
  assert.deepEqual(JSON.parse(json), { now: "rate it is", sinceMs: 12_340 });
  assert.deepEqual(runs.asked, [
    { version: 1, ask: "change", change: { kind: "mark", text: "now v2" }, by: "ctl" },
    { version: 1, ask: "change", change: { kind: "rate", ratePerSec: 7 }, by: "ctl" },
  ]);
});

Deno.test("ctl takes a run by its folder's name, its directory or its id", async () => {
  await using runs = new Runs();
  runs.serve("a");
  runs.serve("b");
  for (const name of ["b", runs.dir.file("b"), `${runs.dir.file("b")}/`, "id-b"]) {
    assert.match((await runs.ctl(name, "status")).stdout, /^run {6}b$/m, name);
  }
});

interface Refused {
  readonly what: string;
  readonly words: readonly string[];
  readonly stderr: RegExp;
  readonly code?: number;
  readonly given?: (runs: Runs) => void | Promise<void>;
}

const AT = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;

const REFUSED: readonly Refused[] = [
  { what: "a bad number", words: ["rate", "x"], code: 2, stderr: /ctl: rate X: must be a number/ },
  { what: "no run that goes on", words: ["status"], stderr: /no run goes on in \/.*$/ },
  {
    what: "several that go on",
    words: ["status"],
    given(runs) {
      runs.serve("a");
      runs.serve("b");
    },
    stderr: /2 runs go on in \/.*, name one: a, b$/,
  },
  {
    what: "a name that no run has",
    words: ["ab", "status"],
    given: (runs) => runs.serve("abc"),
    stderr: /no run "ab" in \/.* \(did you mean "abc"\?\); there go on: abc$/,
  },
  {
    what: "a run that has ended",
    words: ["a", "pause"],
    given: (runs) =>
      void runs.add("a", { records: [{ type: "end", reason: "duration", atMs: 60_000 }] }),
    stderr: new RegExp(`control run a: it is over, ended by duration after 1m0s at ${AT}$`),
  },
  {
    what: "a run that was killed",
    words: ["a", "status"],
    given: (runs) => runs.kill("a"),
    stderr: new RegExp(`was killed, or has no control socket; it last wrote to its log at ${AT}$`),
  },
  {
    what: "a run of another machine",
    words: ["a", "status"],
    given: (runs) => void runs.add("a", { hostName: "node-7" }),
    stderr: /it was killed, or goes on at node-7 alone, where it was started;/,
  },
  {
    what: "a change that the load has not",
    words: ["rate", "5"],
    given: (runs) =>
      runs.serve(
        "a",
        () =>
          Promise.resolve(refused({ kind: "cannotChange", message: "it has workers, no rate" })),
      ),
    stderr: /ctl rate: it has workers, no rate$/,
  },
  {
    what: "a run of another version",
    words: ["status"],
    given: (runs) => runs.serve("a", () => Promise.resolve({ version: 2 } as unknown as Answer)),
    stderr: /it speaks another control protocol: use the scaletool of that run$/,
  },
];

for (const { what, words, stderr, code = 1, given } of REFUSED) {
  Deno.test(`ctl says in one line of ${what} that it is so, and exits with ${code}`, async () => {
    await using runs = new Runs();
    await given?.(runs);
    const done = await runs.ctl(...words);
    assert.match(done.stderr.trimEnd(), stderr);
    assert.deepEqual([done.code, done.stdout], [code, ""]);
    assert.equal(done.stderr.trim().split("\n").length, 1, done.stderr);
  });
}

Deno.test("a run of another user is said to be that user's", async () => {
  await using runs = new Runs();
  await runs.kill("a");
  Deno.chownSync(runs.dir.file("a/control.sock"), Deno.uid(), null);
  const connect = () => Promise.reject(new Deno.errors.PermissionDenied("os error 13"));
  const looking = { folder: runs.dir.path, clock: new SystemClock(), connect };
  const message = new RegExp(`^Cannot control run a: it belongs to .*\\(user ${Deno.uid()}\\);`);
  for (const name of ["a", undefined]) {
    await assert.rejects(connectToRun(name, looking), { name: "CannotRunError", message });
  }
});

Deno.test("words and runs that go on are completed, and files once a folder is typed", async () => {
  await using runs = new Runs();
  runs.serve("run-1");
  runs.serve("run-2");
  runs.add("over");
  const offered = (...words: string[]) =>
    completionText(COMMANDS, ["ctl", ...words]).split("\n").map((line) => line.split("\t")[0])
      .filter((text) => text !== "");
  const folder = ["--runs", runs.dir.path];
  assert.deepEqual(offered(...folder, "r"), ["rate", "resume", "run-1", "run-2"]);
  assert.deepEqual(offered(`--runs=${runs.dir.path}`, "run"), ["run-1", "run-2"]);
  assert.deepEqual(offered(...folder, "run-1", "s"), ["status", "scale", "stop"]);
  assert.deepEqual(offered("run-1", "s"), ["status", "scale", "stop"]);
  assert.deepEqual(offered("rate", ""), []);
  assert.deepEqual(offered("run-1", "mark", ""), []);
  assert.deepEqual(offered("s"), ["status", "scale", "stop"]);
  assert.deepEqual(offered("runs/"), [":files"]);
  assert.deepEqual(offered("-o", ""), ["text", "json"]);
});
