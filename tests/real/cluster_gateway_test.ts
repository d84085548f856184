import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { askHttp } from "../support/http_answer.ts";
import { TempDir } from "../support/scaletool.ts";
import { cluster, spawnCluster, variable } from "./cluster_command.ts";
import { RunningPlane } from "./gateway/plane.ts";
import { requireGateways } from "./gateway/real_gateway.ts";
import { processesIn } from "./listeners.ts";
import { RunDir } from "./run_dir.ts";

const ignore = !await requireGateways("contour", "traefik");
const ONLY = ["--only", "etcd,apiserver"];

/** Those for runs, which find them and leave them: without kcm none that they made would go away. */
async function namespacesOf(dir: string): Promise<string[]> {
  using plane = new RunningPlane(RunDir.open(dir)!);
  const { items } = await plane.admin<{ items: { metadata: { name: string } }[] }>(
    "/api/v1/namespaces",
  );
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("scaletest"));
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}

Deno.test("`cluster up --gateway` has a Gateway of each that it names", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const both = ["--gateway", "contour", "--gateway", "traefik"];
  const up = await cluster(["up", "--dir", dir, ...ONLY, ...both]);
  assert.equal(up.code, 0, up.stderr);
  assert.equal(variable("GATEWAY", up.stdout), "contour/gateway,traefik/gateway");
  assert.match(variable("BACKEND", up.stdout), /^contour\/backend:\d+,traefik\/backend:\d+$/);
  const addresses = variable("GATEWAY_ADDRESS", up.stdout);
  const [, contourPlace, traefikPlace] =
    /^contour\/gateway=([^,]+),traefik\/gateway=([^,]+)$/.exec(addresses) ?? [];
  const [contour, traefik] = [contourPlace, traefikPlace].map((text) => {
    const { hostname, port } = new URL(`http://${text}`);
    return { address: hostname, port: Number(port), host: "stranger.example.com" };
  });
  // Contour has no port open while there is no route.
  assert.equal((await askHttp(contour!)).outcome, "ECONNREFUSED");
  assert.equal((await askHttp(traefik!)).outcome, 404);

  const status = await cluster(["status", "--dir", dir]);
  assert.equal(status.code, 0, status.stdout);
  const names = [...status.stdout.matchAll(/^(\S+) +\d+ +yes +yes +\d+$/gm)].map(([, name]) =>
    name
  );
  assert.deepEqual(names, [
    ...["etcd", "apiserver"],
    ...["contour-backend", "contour", "envoy"],
    ...["traefik-backend", "traefik"],
  ]);
  Deno.kill(Number(Deno.readTextFileSync(`${dir}/pid/envoy`)), "SIGKILL");
  const broken = await cluster(["status", "--dir", dir]);
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /^envoy +\d+ +no +no +-$/m);
  assert.equal((await cluster(["down", "--dir", dir])).code, 0);
  assert.deepEqual([processesIn(dir), isThere(dir)], [[], false]);
});

Deno.test("`cluster up --gateway` adds one to a cluster that is up", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const up = await cluster(["up", "--dir", dir, ...ONLY]);
  assert.equal(variable("GATEWAY", up.stdout), "", up.stderr);
  assert.deepEqual(await namespacesOf(dir), ["scaletest", "scaletest-sim"]);
  const again = await cluster(["up", "--dir", dir, "--gateway", "traefik"]);
  assert.equal(variable("GATEWAY", again.stdout), "traefik/gateway", again.stderr);
  const more = await cluster(["up", "--dir", dir, "--gateway", "traefik"]);
  assert.deepEqual([more.code, more.stdout], [0, again.stdout]);
  assert.equal((await cluster(["down", "--dir", dir])).code, 0);
  assert.deepEqual(processesIn(dir), []);
});

Deno.test("of a killed `cluster up --gateway` nothing is left", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const child = spawnCluster(["up", "--dir", dir, ...ONLY, "--gateway", "contour"]);
  await eventually("Contour", () => isFile(`${dir}/pid/contour`));
  child.kill("SIGKILL");
  await child.output();
  await eventually("the end of all", () => processesIn(dir).length === 0 && !isThere(dir));
});

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'Cannot use --gateway "nginx": expected contour or traefik': ["up", "--gateway", "nginx"],
  'Cannot use --only "": expected etcd, apiserver, kcm, scheduler, kwok or wardle': [
    "up",
    "--only",
    "etcd,",
  ],
  "Cannot use --gateway: it goes with up": ["down", "--gateway", "contour"],
};
for (const [line, args] of Object.entries(REFUSED)) {
  Deno.test(`\`cluster ${args.join(" ")}\` is refused with one line`, async () => {
    const { code, stdout, stderr } = await cluster(args);
    assert.deepEqual([code, stdout, stderr], [2, "", `cluster: ${line}\n`]);
  });
}

function isFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}
