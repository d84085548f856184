import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import type { HttpCluster } from "../../kube/http/http_cluster.ts";
import { type ApiCall, KubernetesApi } from "../../sandbox/kubernetes/api.ts";
import { bodyText } from "../../sandbox/kubernetes/requests/request_body.ts";
import { kubeconfigText } from "../../sandbox/kubeconfig_file.ts";
import { testClientNode } from "../conformance/client_node.ts";
import { testConformance } from "../conformance/suite.ts";
import type { Account, Subject } from "../conformance/subject.ts";
import { peerIdentity } from "../support/api_peer.ts";
import { openCluster } from "../support/api_target.ts";

const GROUPS: Readonly<Record<Account, readonly string[]>> = {
  admin: ["sandbox:admins", "system:authenticated"],
  nobody: ["system:authenticated"],
};

/** The handler behind a TLS socket, for whoever goes through the Cluster port. */
let server: Deno.HttpServer<Deno.NetAddr>;
let cluster: HttpCluster;
let api: KubernetesApi;

Deno.test.beforeAll(async () => {
  api = new KubernetesApi({
    clock: new SystemClock(),
    rng: createRng(1),
    caPem: peerIdentity.caPem,
    endpoint: { address: "127.0.0.1", port: 6443 },
  });
  server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: peerIdentity.certPem,
    key: peerIdentity.keyPem,
    onListen: () => {},
  }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    return await handle({
      method,
      headers,
      path: pathname + search,
      body: await bodyText(request),
    });
  });
  cluster = await openCluster(`https://127.0.0.1:${server.addr.port}`, {
    clock: new SystemClock(),
  });
});

Deno.test.afterAll(async () => {
  cluster[Symbol.dispose]();
  api[Symbol.dispose]();
  await server.shutdown();
});

function handle(
  call: Pick<ApiCall, "method" | "path" | "headers" | "body">,
  as: Account = "admin",
): Promise<Response> {
  // A client that goes cancels the body of its watch.
  const { signal } = new AbortController();
  return api.handle({ ...call, user: { username: as, groups: GROUPS[as] }, signal });
}

const subject: Subject = {
  get cluster() {
    return cluster;
  },
  async ask(path, { method = "GET", body, contentType, accept, as } = {}) {
    const headers = new Headers({
      accept: accept ?? "application/json",
      "content-type": contentType ?? "application/json",
    });
    const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
    const response = await handle({ method, path, headers, body: text }, as);
    return { status: response.status, headers: response.headers, text: await response.text() };
  },
  forgetHistory: () => {
    api.compact();
    return Promise.resolve();
  },
};

testConformance(() => subject);

testClientNode(() => ({
  ours: cluster,
  kubeconfig: kubeconfigText({
    url: `https://127.0.0.1:${server.addr.port}`,
    caPem: peerIdentity.caPem,
  }, { token: "of-the-admin" }),
}));
