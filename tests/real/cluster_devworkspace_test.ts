import assert from "node:assert/strict";
import { TempDir } from "../support/scaletool.ts";
import { cluster, variable } from "./cluster_command.ts";
import { requireDevWorkspace } from "./devworkspace/real_devworkspace.ts";
import { listeningAddresses, processesIn } from "./listeners.ts";

const ignore = !await requireDevWorkspace();

Deno.test(
  "`cluster up --devworkspace` has an operator, on 127.0.0.1 only",
  { ignore },
  async () => {
    await using parent = new TempDir();
    const dir = parent.file("cluster");
    const bare = await cluster(["up", "--dir", dir, "--only", "etcd,apiserver,kcm,scheduler,kwok"]);
    assert.equal(variable("DWO_NAMESPACE", bare.stdout), "", bare.stderr);
    const up = await cluster(["up", "--dir", dir, "--devworkspace"]);
    assert.equal(up.code, 0, up.stderr);
    assert.equal(variable("DWO_NAMESPACE", up.stdout), "devworkspace-controller");
    assert.deepEqual(await cluster(["up", "--dir", dir, "--devworkspace"]), {
      ...up,
      stderr: `a cluster is up already in ${Deno.realPathSync(dir)}\n`,
    });

    const metricsUrl = /^# the operator's metrics: (.*)$/m.exec(up.stdout)![1]!;
    const metrics = await (await fetch(metricsUrl)).text();
    assert.match(metrics, /^controller_runtime_reconcile_total\{controller="BackupCronJob"/m);
    assert.match(metrics, /^process_cpu_seconds_total /m);

    const status = await cluster(["status", "--dir", dir]);
    assert.equal(status.code, 0, status.stdout);
    assert.match(status.stdout, /^devworkspace-operator +\d+ +yes +yes +\d+$/m);
    const addresses = processesIn(Deno.realPathSync(dir)).flatMap(listeningAddresses);
    assert.deepEqual(new Set(addresses), new Set(["127.0.0.1"]));
    assert.equal((await cluster(["down", "--dir", dir])).code, 0);
    assert.deepEqual(processesIn(dir), []);
  },
);

Deno.test("no operator is put into a cluster that runs no pods", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const up = await cluster(["up", "--dir", dir, "--only", "etcd,apiserver", "--devworkspace"]);
  assert.equal(up.code, 1);
  assert.match(
    up.stderr,
    /Cannot run workspaces in this cluster: it has no kcm, scheduler, kwok\n$/,
  );
  assert.deepEqual(processesIn(dir), []);
});
