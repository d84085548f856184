/** One load from several processes of the program: what they put on, and their faults. @module */

import assert from "node:assert/strict";
import { gone, isRunning, until } from "../support/living_process.ts";
import { assertEnded, Scaletool, scaletool, TempDir } from "../support/scaletool.ts";
import { SilentServer } from "../support/silent_server.ts";
import { readTextFile } from "../../core/files.ts";

const ON_SANDBOX = ["cmdriver", "--sandbox", "--maxpop", "20", "--seed", "7", "--run-id", "r1"];

/** When the schedule wanted each object, by its number and by the file that says so. */
function schedule(folder: string): Map<string, Map<number, number>> {
  const files = new Map<string, Map<number, number>>();
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".csv")) continue;
    const creates = Deno.readTextFileSync(`${folder}/${name}`).split("\n")
      .map((line) => line.split(",")).filter(([, , op]) => op === "create");
    files.set(
      name,
      new Map(creates.map(([, , , object = "", , due = ""]) => [
        Number(object.split("-").at(-1)),
        Date.parse(`${due.replace(" ", "T")}Z`),
      ])),
    );
  }
  return files;
}

Deno.test("so many processes offer exactly the schedule of one, and of none", async () => {
  const offered = async (...flags: string[]) => {
    await using dir = new TempDir();
    const args = [...ON_SANDBOX, "--lambda", "40", "--n", "80", "--out", dir.file("run")];
    assertEnded(await scaletool([...args, ...flags], { cwd: dir.path }));
    return schedule(dir.path);
  };
  const [[, alone] = []] = [...await offered()];
  assert.equal(alone?.size, 80);
  for (const count of [1, 4]) {
    const files = await offered("--processes", String(count));
    assert.equal(files.size, count);
    const numbers = [...files.values()].flatMap((file) => [...file.keys()]);
    assert.deepEqual(numbers.sort((a, b) => a - b), [...alone.keys()].sort((a, b) => a - b));
    for (const [name, file] of files) {
      const [first = 0] = file.keys();
      for (const [number, dueMs] of file) {
        const offMs = dueMs - file.get(first)! - (alone.get(number)! - alone.get(first)!);
        // Each of the four times is cut off to a whole ms, of a calendar that is told in whole ms.
        assert.ok(Math.abs(offMs) < 4, `${name}: object ${number} is off by ${offMs} ms`);
      }
    }
  }
});

/** Ids of its generators, by their numbers. */
function generatorsOf({ pid }: Scaletool): Map<number, number> {
  const children = readTextFile(`/proc/${pid}/task/${pid}/children`).trim().split(" ");
  return new Map(
    children.filter(Boolean).map(Number).flatMap((child) => {
      const [, index] = /SCALETOOL_GENERATOR=\{"index":(\d+)/.exec(environmentOf(child)) ?? [];
      return index === undefined ? [] : [[Number(index), child] as const];
    }),
  );
}

/** Empty for one that is gone, or that is no program yet. */
function environmentOf(pid: number): string {
  try {
    return readTextFile(`/proc/${pid}/environ`);
  } catch {
    return "";
  }
}

async function started(program: Scaletool, count: number): Promise<Map<number, number>> {
  await until(() => generatorsOf(program).size === count, `${count} generators`);
  return generatorsOf(program);
}

function begun(run: string): number {
  try {
    return Deno.readTextFileSync(`${run}/run.jsonl`).match(/"kind":"begun"/g)?.length ?? 0;
  } catch {
    return 0;
  }
}

/** A run of three generators that is under load. */
async function underLoad(dir: TempDir, use: Use): Promise<void> {
  const run = dir.file("run");
  const args = [...ON_SANDBOX, "--lambda", "20", "--processes", "3", "--out", run];
  await using program = new Scaletool([...args, ...use.flags ?? []], { cwd: dir.path });
  const generators = await started(program, 3);
  await until(() => begun(run) === 3, "the load of three generators");
  await use.then(program, generators);
  await gone([...generators.values()]);
}

interface Use {
  readonly flags?: readonly string[];
  readonly then: (program: Scaletool, generators: Map<number, number>) => Promise<void>;
}

function resultOf(dir: TempDir) {
  return JSON.parse(Deno.readTextFileSync(dir.file("run/result.json")));
}

Deno.test("a generator that is killed amid the load is named, and the others go on", async () => {
  await using dir = new TempDir();
  await underLoad(dir, {
    flags: ["--duration", "4s"],
    async then(program, generators) {
      Deno.kill(generators.get(1)!, "SIGKILL");
      await program.line(/WARNING: Generator 1 is lost \(killed by SIGKILL\)/);
      const { code, stdout, stderr } = await program.finished();
      assert.equal(code, 4, stderr);
      assert.match(stdout, /^\?\?\?\? .*all generators there to the end .*1_?of_?3|1 of 3 lost/m);
    },
  });
  const { generators, end, validity } = resultOf(dir);
  assert.equal(end.reason, "duration");
  assert.deepEqual(
    generators.map(({ lost }: { lost: { why: string } | null }) => lost?.why ?? null),
    [null, "killed by SIGKILL", null],
  );
  assert.notEqual(validity.level, "valid");
});

Deno.test("generators whose coordinator is killed end by themselves", async () => {
  await using dir = new TempDir();
  await underLoad(dir, {
    async then(program) {
      program.kill("SIGKILL");
      await program.finished();
    },
  });
});

for (const times of [1, 2]) {
  Deno.test(`SIGINT, ${times} times, ends all of them, and the report is there`, async () => {
    await using dir = new TempDir();
    await underLoad(dir, {
      async then(program) {
        program.kill("SIGINT");
        await program.line(/SIGINT: stopping and cleaning up/);
        if (times === 2) program.kill("SIGINT");
        const { code, stderr } = await program.finished();
        assert.equal(code, 130, stderr);
      },
    });
    const { end, generators } = resultOf(dir);
    assert.equal(end.reason, "interrupted");
    assert.equal(generators.length, 3);
  });
}

Deno.test("a generator that is told to end by others leaves in order, and is named", async () => {
  await using dir = new TempDir();
  await underLoad(dir, {
    flags: ["--duration", "4s"],
    async then(program, generators) {
      Deno.kill(generators.get(2)!, "SIGTERM");
      await program.line(/WARNING: Generator 2 is lost \(it was terminated\)/);
      assert.equal((await program.finished()).code, 4);
    },
  });
});

/** Clients of a server that says nothing: they never get ready. */
function unready(dir: TempDir, port: number, ...flags: string[]): Scaletool {
  const url = `https://127.0.0.1:${port}`;
  const target = ["--base-url", url, "--insecure", "--connections", "2", "--threads", "2"];
  const args = ["httperf", ...target, "--processes", "2", "--out", dir.file("run"), ...flags];
  return new Scaletool(args, { cwd: dir.path });
}

Deno.test("one that is killed before it is ready ends the run before any load", async () => {
  await using dir = new TempDir();
  using server = new SilentServer();
  await using program = unready(dir, server.port);
  const generators = await started(program, 2);
  await server.connected;
  Deno.kill(generators.get(1)!, "SIGKILL");
  const { code, stderr } = await program.finished();
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^scaletool: Generator 1 cannot begin: killed by SIGKILL$/m);
  assert.throws(() => Deno.statSync(dir.file("run")), Deno.errors.NotFound);
  await gone([...generators.values()]);
});

Deno.test("those that do not get ready in time are named", async () => {
  await using dir = new TempDir();
  using server = new SilentServer();
  await using program = unready(dir, server.port, "--generators-timeout", "1s");
  const generators = await started(program, 2);
  const { code, stderr } = await program.finished();
  assert.equal(code, 1, stderr);
  assert.match(stderr, /generators 0 and 1 not ready within 1s \(--generators-timeout\)/);
  await gone([...generators.values()]);
});

Deno.test("what all generators are refused for is told once", async () => {
  const { code, stderr } = await scaletool([
    ...["httperf", "--base-url", "https://127.0.0.1:1", "--insecure", "--processes", "2"],
    ...["--connections", "2", "--threads", "2"],
  ]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^scaletool: Generator [01] cannot begin: Cannot reach https:/m);
});

const REFUSED: readonly { args: readonly string[]; says: RegExp }[] = [
  { args: ["httperf", "--processes", "0"], says: /--processes must be between 1 and 256, not 0/ },
  { args: ["httperf", "--processes", "1000"], says: /between 1 and 256, not 1000/ },
  { args: ["httperf", "--processes", "two"], says: /must be a whole number/ },
  {
    args: ["httperf", "--generators-timeout", "1s"],
    says: /--generators-timeout .* needs --processes/,
  },
  { args: ["httperf", "--listen", "0", "--processes", "2"], says: /--processes 2: .* one piece/ },
  {
    args: ["gateway", "churn", "--sandbox", "--processes", "2"],
    says: /--processes 2: this load is one piece/,
  },
  {
    args: ["backup", "run", "--sandbox", "--simulate", "--processes", "1"],
    says: /--processes does not go with --simulate/,
  },
];

for (const { args, says } of REFUSED) {
  Deno.test(`scaletool ${args.join(" ")} is refused before anything is made`, async () => {
    await using dir = new TempDir();
    const { code, stderr } = await scaletool(args, { cwd: dir.path });
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
    assert.deepEqual([...Deno.readDirSync(dir.path)], []);
  });
}

Deno.test("a disk that is full under the run directory ends no load, and no pass", async () => {
  await using dir = new TempDir();
  const args = [...ON_SANDBOX, "--lambda", "20", "--duration", "3s", "--datafile", "/dev/null"];
  const { code, stderr } = await scaletool(
    [...args, "--processes", "2", "--out", dir.file("run")],
    { cwd: dir.path, largestFileKiB: 8 },
  );
  assert.ok([1, 4].includes(code), stderr);
  assert.match(stderr, /Cannot write all of/);
});

Deno.test("no settings are left behind, and none is to be seen", async () => {
  await using dir = new TempDir();
  const run = dir.file("run");
  const args = [...ON_SANDBOX, "--processes", "2", "--duration", "1s", "--out", run];
  await using program = new Scaletool(args, { cwd: dir.path, env: { TMPDIR: dir.path } });
  const generators = await started(program, 2);
  const [folder] = [...Deno.readDirSync(dir.path)].filter(({ name }) => /-generators-/.test(name));
  assert.ok(folder !== undefined);
  const { mode } = Deno.statSync(`${dir.path}/${folder.name}/plan.yaml`);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  assertEnded(await program.finished());
  assert.ok([...generators.values()].every((pid) => !isRunning(pid)));
  const left = [...Deno.readDirSync(dir.path)].filter(({ name }) => name.startsWith("scaletool-"));
  assert.deepEqual(left, []);
});
