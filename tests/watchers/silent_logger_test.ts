/** A logger whose connection dies without a word, in front of a stand-in for the API. */
import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { HttpCluster } from "../../kube/http/http_cluster.ts";
import { LifeGuard } from "../../kube/http/life_guard.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { KubernetesApi } from "../../sandbox/kubernetes/api.ts";
import { bodyText } from "../../sandbox/kubernetes/requests/request_body.ts";
import { startNotificationLogger } from "../../watchers/notification_logger.ts";
import { peerIdentity } from "../support/api_peer.ts";
import { openCluster, openConnection } from "../support/api_target.ts";
import { TcpForwarder } from "../support/tcp_forwarder.ts";
import { configMap } from "./logger_support.ts";
import { testRun } from "./support.ts";

function serveApi() {
  const api = new KubernetesApi({
    clock: new SystemClock(),
    rng: createRng(1),
    caPem: peerIdentity.caPem,
    endpoint: { address: "127.0.0.1", port: 6443 },
  });
  const { certPem: cert, keyPem: key } = peerIdentity;
  const user = { username: "admin", groups: ["sandbox:admins", "system:authenticated"] };
  const options = { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} };
  const server = Deno.serve(options, async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const { signal } = new AbortController();
    const body = await bodyText(request);
    return await api.handle({ method, headers, path: pathname + search, body, user, signal });
  });
  return {
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      api[Symbol.dispose]();
      await server.shutdown();
    },
  };
}

Deno.test("a logger behind a forwarder that froze sees everything late, and its run does not pass", async () => {
  const { run, clock, say, records, totals } = testRun();
  await using server = serveApi();
  using forwarder = new TcpForwarder(server.port);
  using writer = await openCluster(`https://127.0.0.1:${server.port}`);
  const url = `https://127.0.0.1:${forwarder.port}`;
  using cluster = new HttpCluster([await openConnection(url, { clock })]);
  using guard = new LifeGuard(cluster.connections, { clock });
  const create = async (name: string) => {
    const object = configMap(name, { rv: 0, created: clock.now(), namespace: "default" });
    const { uid: _, resourceVersion: __, creationTimestamp: ___, ...metadata } = object.metadata;
    await writer.create(CONFIG_MAPS, { metadata });
  };
  const namespaces = ["default"];
  const labelSelector = "!kubernetes.io/none";
  const logger = await startNotificationLogger(cluster, {
    resource: CONFIG_MAPS,
    namespaces,
    labelSelector,
    run,
    say,
  });
  const before = logger.population;
  const untilSeen = async (count: number) => {
    while (logger.population < before + count) await clock.settle();
  };
  run.begin();
  await create("a");
  await untilSeen(1);
  forwarder.freeze();
  await create("b");
  await clock.advance(30_000);
  // The back-off before the watch that goes on.
  await clock.advance(2_000);
  await untilSeen(2);
  await create("c");
  await untilSeen(3);
  await logger.stop();
  await guard.finish(run);
  assert.equal(forwarder.accepted, 2);
  const figures = totals();
  assert.equal(figures.counter("creates"), 3);
  assert.ok(figures.distribution("createLatency")!.histogram.max >= 30_000_000); // us
  assert.equal(figures.counter("connectionsLost"), 1);
  const findings = records.flatMap((record) =>
    record.type === "finding" ? [[record.finding.subject, record.finding.verdict]] : []
  );
  assert.deepEqual(findings, [["watches proved alive", "inconclusive"]]);
});
