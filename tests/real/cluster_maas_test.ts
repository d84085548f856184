import assert from "node:assert/strict";
import { askHttp } from "../support/http_answer.ts";
import { TempDir } from "../support/scaletool.ts";
import { cluster, variable } from "./cluster_command.ts";
import { listeningAddresses, processesIn } from "./listeners.ts";
import { requireLimiter, requireMaas } from "./maas/real_maas.ts";

const ignore = !await requireMaas();
const hasLimits = !ignore && await requireLimiter();

Deno.test(
  "`cluster up --maas` has a model behind a gateway, on 127.0.0.1 only",
  { ignore },
  async () => {
    await using parent = new TempDir();
    const dir = parent.file("cluster");
    const bare = await cluster(["up", "--dir", dir, "--only", "etcd,apiserver"]);
    assert.equal(variable("MAAS_HOST", bare.stdout), "", bare.stderr);
    const up = await cluster(["up", "--dir", dir, "--maas"]);
    assert.equal(up.code, 0, up.stderr);
    assert.equal(variable("MAAS_HOST", up.stdout), "maas.apps.scaletool.test");
    const { hostname, port } = new URL(`http://${variable("MAAS_ADDRESS", up.stdout)}`);
    const question = { address: hostname, port: Number(port), path: "/v1/models" };
    const stranger = await askHttp({ ...question, host: variable("MAAS_HOST", up.stdout) });
    assert.deepEqual(
      [stranger.outcome, stranger.headers["x-ext-auth-reason"]],
      [401, "credential not found"],
    );
    assert.deepEqual(await cluster(["up", "--dir", dir, "--maas"]), {
      ...up,
      stderr: `a cluster is up already in ${Deno.realPathSync(dir)}\n`,
    });

    const status = await cluster(["status", "--dir", dir]);
    assert.equal(status.code, 0, status.stdout);
    const names = [...status.stdout.matchAll(/^(\S+) +\d+ +yes +yes +\d+$/gm)].map(([, name]) =>
      name
    );
    assert.deepEqual(names, [
      ...["etcd", "apiserver", "maas-model", "maas-auth"],
      ...(hasLimits ? ["maas-limits", "maas-policies"] : []),
      "maas-gateway",
    ]);
    const addresses = processesIn(Deno.realPathSync(dir)).flatMap(listeningAddresses);
    assert.deepEqual(new Set(addresses), new Set(["127.0.0.1"]));
    assert.match(
      Deno.readTextFileSync(`${dir}/log/maas-auth.log`),
      /"reason":"credential not found"/,
    );
    assert.equal((await cluster(["down", "--dir", dir])).code, 0);
    assert.deepEqual(processesIn(dir), []);
  },
);

Deno.test("`cluster down --maas` is refused with one line", async () => {
  assert.deepEqual(await cluster(["down", "--maas"]), {
    code: 2,
    stdout: "",
    stderr: "cluster: Cannot use --maas: it goes with up\n",
  });
});
