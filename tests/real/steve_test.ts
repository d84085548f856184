import assert from "node:assert/strict";
import { TempDir } from "../support/scaletool.ts";
import { cluster } from "./cluster_command.ts";
import { clusterOfFile, eventually } from "./cluster_state.ts";
import { listeningAddresses, processesIn } from "./listeners.ts";
import { type RealSteve, requireSteve, startSteve } from "./steve.ts";

const ignore = !await requireSteve();
const { plane } = await clusterOfFile({ without: ["scheduler", "kwok", "wardle"] });

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers });
  await response.body?.cancel();
  return response.status;
}

async function gaugeOf({ metricsUrl }: RealSteve, name: string): Promise<number> {
  const page = await (await fetch(metricsUrl)).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(page)?.[1]);
}

Deno.test("Steve listens on 127.0.0.1 only, and shows what it keeps", { ignore }, async () => {
  await using steve = await startSteve({ plane: plane() });
  assert.deepEqual(listeningAddresses(steve.pid), ["127.0.0.1", "127.0.0.1"]);
  assert.equal(await statusOf(`${steve.url}/v1/configmaps`), 200);
  assert.ok(steve.walBytes > 0);
  assert.ok(steve.rssBytes! > 20e6);
  await eventually(
    "the gauge of the log",
    async () => await gaugeOf(steve, "steve_sqlcache_db_wal_bytes") === steve.walBytes,
  );
  const goroutines = await (await fetch(`${steve.pprofUrl}goroutine?debug=1`)).text();
  assert.match(goroutines, /^goroutine profile: total \d+\n/);
});

Deno.test("a killed Steve comes back at its address with an empty cache", { ignore }, async () => {
  let dir: string;
  {
    await using steve = await startSteve({ plane: plane() });
    dir = steve.dir;
    assert.equal(await statusOf(`${steve.url}/v1/configmaps`), 200);
    const { pid, walBytes } = steve;
    await steve.stop({ graceMs: 0 });
    assert.equal(steve.isRunning, false);
    await assert.rejects(statusOf(`${steve.url}/v1/configmaps`));
    await steve.start();
    assert.notEqual(steve.pid, pid);
    assert.ok(steve.walBytes < walBytes, `${steve.walBytes} of ${walBytes} bytes`);
    assert.equal(await statusOf(`${steve.url}/v1/configmaps`), 200);
    await steve.restart();
    assert.equal(await statusOf(`${steve.url}/v1/configmaps`), 200);
  }
  assert.deepEqual(processesIn(dir), []);
  assert.throws(() => Deno.lstatSync(dir), Deno.errors.NotFound);
});

Deno.test("with a reviewer Steve asks whose a token is, and shows others nothing", {
  ignore,
}, async () => {
  const asked: string[] = [];
  const known = ["cookie://token-a:secret", "token-b:secret"];
  await using reviewer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { spec: { token } } = await request.json();
      asked.push(token);
      const user = { username: "admin", groups: ["system:masters", "system:authenticated"] };
      const status = known.includes(token) ? { authenticated: true, user } : {};
      const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", status };
      return Response.json(body);
    },
  );
  const reviewUrl = `http://127.0.0.1:${reviewer.addr.port}/`;
  await using steve = await startSteve({ plane: plane(), reviewUrl });
  const url = `${steve.url}/v1/configmaps`;
  assert.equal(await statusOf(url, { cookie: "R_SESS=token-a:secret" }), 200);
  assert.equal(await statusOf(url, { authorization: "Bearer token-b:secret" }), 200);
  // Steve shows strangers no types; its proxy to the kube-apiserver refuses them.
  assert.equal(await statusOf(url, { cookie: "R_SESS=token-b:secret" }), 404);
  assert.equal(await statusOf(url), 404);
  assert.equal(await statusOf(`${steve.url}/api/v1/configmaps`), 401);
  assert.deepEqual(new Set(asked), new Set([...known, "cookie://token-b:secret"]));
});

Deno.test(
  "`cluster up --steve` starts a Steve that ends with the cluster",
  { ignore },
  async () => {
    await using parent = new TempDir();
    const dir = parent.file("cluster");
    const up = await cluster(["up", "--steve", "--dir", dir]);
    assert.equal(up.code, 0, up.stderr);
    const [, url] = /^export STEVE_URL=(http:\/\/127\.0\.0\.1:\d+)$/m.exec(up.stdout) ?? [];
    assert.equal(await statusOf(`${url}/v1/configmaps`), 200);
    const status = await cluster(["status", "--dir", dir]);
    assert.equal(status.code, 0, status.stdout);
    assert.match(status.stdout, /^steve +\d+ +yes +yes +\d+$/m);
    assert.equal((await cluster(["down", "--dir", dir])).code, 0);
    assert.deepEqual(processesIn(dir), []);
    assert.equal((await cluster(["down", "--steve", "--dir", dir])).code, 2);
  },
);
