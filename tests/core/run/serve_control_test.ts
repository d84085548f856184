import assert from "node:assert/strict";
import { ControlClient } from "../../../core/control/control_client.ts";
import { hasSocket } from "../../../core/control/control_socket.ts";
import { CannotRunError } from "../../../core/errors.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import { TempDir } from "../../support/scaletool.ts";
import { Conducted, loadFor } from "./conducted.ts";

/** Asks the run, which is served without its time going on. */
async function asking<T>(run: Conducted, ask: (client: ControlClient) => Promise<T>): Promise<T> {
  await run.clock.settle();
  using client = await ControlClient.connect(run.path, { clock: new SystemClock() });
  return await ask(client);
}

Deno.test("a run tells how it is, from before its beginning on", async () => {
  const ready = Promise.withResolvers<void>();
  await using run = new Conducted({
    instrument: async (run, say) => {
      await ready.promise;
      await loadFor(3_000)(run, say);
    },
  });
  const before = await asking(run, (client) => client.status());
  assert.deepEqual([before.state, before.elapsedMs], ["preparing", 0]);
  ready.resolve();
  await run.clock.advance(2_500);
  const { state, elapsedMs, line, command, target } = await asking(run, (one) => one.status());
  assert.deepEqual([state, elapsedMs], ["running", 2_500]);
  assert.match(line, /^2.5s {2}request 0\/s/);
  assert.deepEqual([command, target], ["driver", "https://127.0.0.1:6443"]);
  await run.clock.advance(500);
  assert.equal(await run.exitCode, 0);
  assert.equal(hasSocket(run.path), false, "its socket goes with it");
});

Deno.test("a run that is stopped is judged on what it had", async () => {
  await using run = new Conducted({ instrument: loadFor(60_000) }, { duration: ["1m"] });
  await run.clock.advance(12_000);
  const { sinceMs } = await asking(run, (client) => client.change({ kind: "stop" }, "ctl"));
  assert.equal(sinceMs, 12_000);
  assert.equal(await run.exitCode, 0);
  const { end, verdict, exitCode } = run.report;
  assert.deepEqual([end, verdict, exitCode], [{ reason: "stopped", atMs: 12_000 }, "pass", 0]);
});

Deno.test("a mark is on the time axis of the report", async () => {
  await using run = new Conducted({ instrument: loadFor(60_000) });
  await run.clock.advance(7_000);
  await asking(run, (client) => client.change({ kind: "mark", text: "deployed v2" }, "ctl"));
  await run.clock.advance(60_000);
  await run.exitCode;
  assert.deepEqual(run.report.marks, [{ atMs: 7_000, label: "deployed v2" }]);
});

Deno.test("a change that a load has not is refused with what it has", async () => {
  await using run = new Conducted({ instrument: loadFor(100) });
  await assert.rejects(
    asking(run, (client) => client.change({ kind: "scale", workers: 2 }, "ctl")),
    (error: Error) => error instanceof CannotRunError && /stop or mark$/.test(error.message),
  );
  await run.clock.advance(100);
  await run.exitCode;
});

Deno.test("of a run that cannot begin not even the socket is left", async () => {
  await using run = new Conducted({ instrument: () => Promise.reject(new CannotRunError("no")) });
  await assert.rejects(run.exitCode, CannotRunError);
  assert.throws(() => Deno.statSync(run.path), Deno.errors.NotFound);
});

Deno.test("a run that can have no control socket goes on and says so", async () => {
  await using dir = new TempDir();
  const out = dir.file("run");
  Deno.mkdirSync(out);
  Deno.writeTextFileSync(`${out}/control.sock`, "mine");
  await using run = new Conducted({ instrument: loadFor(100) }, { out: [out] });
  await run.said(/^no control socket, so `scaletool ctl` cannot reach this run: /m);
  await run.clock.advance(100);
  assert.equal(await run.exitCode, 0);
  assert.equal(Deno.readTextFileSync(`${out}/control.sock`), "mine");
});
