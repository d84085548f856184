import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { SystemClock } from "../../../../core/load/clock.ts";
import type { PluginHost } from "../../../../kube/auth/plugin_host.ts";
import {
  requireProgram,
  restartByCommand,
} from "../../../../probes/gateway/churn/restart_command.ts";
import { RestartFailedError } from "../../../../kube/rollout/restart_failed.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { gone, isRunning, pidsIn } from "../../../support/living_process.ts";
import { TempDir } from "../../../support/scaletool.ts";

function context(more: { signal?: AbortSignal; timeoutMs?: number } = {}) {
  const { signal } = new AbortController();
  return { clock: new SystemClock(), signal, timeoutMs: 60_000, ...more };
}

Deno.test("a program that ends with 0 has restarted it, and what it leaves running stays", async () => {
  await using folder = new TempDir();
  const pidFile = folder.file("pid");
  // It holds the output open for as long as it runs.
  await restartByCommand(["sh", "-c", `sleep 600 & echo $! > ${pidFile}`], context());
  const [pid] = await pidsIn(pidFile, 1);
  assert.ok(isRunning(pid!));
  Deno.kill(pid!, "SIGKILL");
});

Deno.test("one that fails is told with its code and the end of what it said", async () => {
  await assert.rejects(
    restartByCommand(["sh", "-c", "echo one; echo two >&2; exit 3"], context()),
    (error) => {
      assert.ok(error instanceof RestartFailedError);
      assert.equal(error.reason, "exited");
      assert.equal(error.message, "ended with exit code 3");
      assert.equal(error.output, "two\none");
      return true;
    },
  );
});

Deno.test("one that has not ended in time is ended, with all that it has started", async () => {
  await using folder = new TempDir();
  const pidFile = folder.file("pids");
  const clock = new FakeClock();
  const failed = assert.rejects(
    restartByCommand(["sh", "-c", `sleep 600 & echo "$$\n$!" > ${pidFile}; wait`], {
      ...context(),
      clock,
    }),
    { reason: "stalled", message: "had not ended after 1m0s" },
  );
  const pids = await pidsIn(pidFile, 2);
  await clock.advance(60_000);
  await failed;
  await gone(pids);
});

Deno.test("the end of the run ends it, with all that it has started", async () => {
  await using folder = new TempDir();
  const pidFile = folder.file("pids");
  const end = new AbortController();
  const failed = assert.rejects(
    restartByCommand(["sh", "-c", `sleep 600 & echo "$$\n$!" > ${pidFile}; wait`], {
      ...context({ signal: end.signal }),
    }),
    (error) => error === end.signal.reason,
  );
  const pids = await pidsIn(pidFile, 2);
  end.abort();
  await failed;
  await gone(pids);
});

Deno.test("one that cannot be started is told so", async () => {
  const host: PluginHost = {
    run: () => Promise.reject(new Deno.errors.PermissionDenied("not yours")),
    isTerminal: () => false,
  };
  await assert.rejects(
    restartByCommand(["restart"], context(), host),
    { reason: "not-started", message: "could not be started: not yours" },
  );
});

Deno.test("a program that is nowhere is refused before anything is done", () => {
  requireProgram(["sh"]);
  requireProgram(["/bin/sh"]);
  for (const command of ["scaletool-no-such-program", "/no/such/program", "/bin"]) {
    assert.throws(() => requireProgram([command]), UsageError);
  }
});
