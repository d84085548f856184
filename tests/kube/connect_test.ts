/** What is known of a cluster before any load, and how one that is of no use is refused. */
import assert from "node:assert/strict";
import { CannotRunError } from "../../core/errors.ts";
import { createRng } from "../../core/load/rng.ts";
import { Recorder } from "../../core/measure/recorder.ts";
import { createServerIdentity } from "../../core/net/mini_ca.ts";
import type { ClusterValues } from "../../kube/cluster_flags.ts";
import { type ClusterSession, connectCluster, type ConnectOptions } from "../../kube/connect.ts";
import { CONFIG_MAPS, NAMESPACES } from "../../kube/resource.ts";
import { type ClusterTarget, resolveTarget } from "../../kube/config/target.ts";
import { type Answering, ApiPeer, peerIdentity, statusAnswer } from "../support/api_peer.ts";
import {
  assertConnections,
  failureOf,
  ScriptedCredentials,
  targetOf,
  unreachableServer,
} from "../support/api_target.ts";
import { FakeClock, JumpingClock } from "../support/fake_clock.ts";
import { H2Peer } from "../support/h2_peer.ts";
import { clusterValues, scriptedWorld } from "./scripted_world.ts";

const REMEDY = "; check that it runs, or name another with --context or --server";
const DEV = { username: "dev", groups: ["team", "system:authenticated"] };
const SLICES = "GET /apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const ENDPOINTS = "GET /api/v1/namespaces/default/endpoints/kubernetes";
const WHO_AM_I = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";
const FLOW_SCHEMAS = "GET /apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
const LEVELS = "GET /apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations";

const CLASSIFIED = {
  "x-kubernetes-pf-flowschema-uid": "fs-1",
  "x-kubernetes-pf-prioritylevel-uid": "pl-1",
};

/** Answers by method and path; what is not there is not found, and every answer is classified. */
function apiServer(changes: Record<string, unknown> = {}): Answering {
  const answers: Record<string, unknown> = {
    "GET /version": { gitVersion: "v1.36.3" },
    [WHO_AM_I]: { status: { userInfo: DEV } },
    [FLOW_SCHEMAS]: { metadata: {}, items: [{ metadata: { uid: "fs-1", name: "service" } }] },
    [LEVELS]: { metadata: {}, items: [{ metadata: { uid: "pl-1", name: "workload" } }] },
    ...changes,
  };
  return ({ method, path }) => {
    const answer = answers[`${method} ${path}`] ?? statusAnswer(404, { reason: "NotFound" });
    return answer instanceof Response
      ? answer.clone()
      : Response.json(answer, { headers: CLASSIFIED });
  };
}

/** An EndpointSlice for each server, for an endpoint has no port of its own. */
function slicesOf(...peers: readonly { readonly port: number }[]) {
  const items = peers.map(({ port }) => ({
    metadata: {},
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
    ports: [{ name: "https", port, protocol: "TCP" }],
  }));
  return { metadata: {}, items };
}

type Given =
  & Partial<Omit<ConnectOptions, "target" | "values">>
  & { readonly target?: Partial<ClusterTarget>; readonly values?: Partial<ClusterValues> };

function connect(
  server: string,
  { target, values, ...given }: Given = {},
): Promise<ClusterSession> {
  return connectCluster({
    identity: { runId: "run-1", command: "cmdriver" },
    target: targetOf(server, target),
    values: clusterValues(values),
    // What the server asks to wait takes no time.
    clock: new JumpingClock(),
    ...given,
  });
}

async function whyNot(server: string, given: Given = {}): Promise<string> {
  const error = await failureOf(connect(server, given));
  assert.ok(error instanceof CannotRunError, `expected a CannotRunError, got ${error}`);
  return error.message;
}

/** Why a server with these answers is refused; `SERVER` stands for its URL. */
async function whyRefused(changes: Record<string, unknown>, given: Given = {}): Promise<string> {
  await using peer = new ApiPeer(apiServer(changes));
  return (await whyNot(peer.url, given)).replaceAll(peer.url, "SERVER");
}

Deno.test("a session knows the server, its version, the user and the connections", async () => {
  await using peer = new ApiPeer(apiServer());
  using session = await connect(peer.url, {
    target: { names: { context: "prod", source: "home", paths: [] } },
  });
  assert.deepEqual(session.user, DEV);
  assert.deepEqual(session.servers, [peer.url]);
  assert.deepEqual(session.warnings, []);
  assert.deepEqual(session.facts, {
    "server version": "v1.36.3",
    context: "prod",
    user: "dev (team, system:authenticated)",
    connections: "1 over HTTP/2",
    "proof of life": "PING on a connection after 15s of silence",
  });
  assert.match(
    peer.last.headers.get("user-agent") ?? "",
    /^scaletool\/\S+ \(\w+\/\w+\) cmdriver run\/run-1$/,
  );
});

Deno.test("--conns is the number of connections, each of which has answered before the first call", async () => {
  for (const http1 of [false, true]) {
    await using peer = new ApiPeer(apiServer());
    using session = await connect(peer.url, {
      values: { conns: 3, http1 },
      // Would always take the first one.
      random: { ...createRng(1), integerBelow: () => 0 },
    });
    assert.deepEqual(session.servers, Array(3).fill(peer.url));
    assert.equal(session.facts.connections, `3 over HTTP/${http1 ? "1.1" : "2"}`);
    // The one that asked the first questions is gone; HTTP/1.1 takes two for two lists at one time.
    await assertConnections(peer.port, http1 ? 4 : 3);
    const before = new Set(peer.clientPorts);
    peer.received.length = 0;
    for (const lane of [0, 1, 2]) {
      await session.cluster.request({ method: "GET", path: "/version", lane });
    }
    assert.equal(peer.clientPorts.length, 3);
    assert.ok(new Set(peer.clientPorts).isSubsetOf(before));
  }
});

Deno.test("`connections` takes the place of --conns", async () => {
  await using peer = new ApiPeer(apiServer());
  using session = await connect(peer.url, { values: { conns: 3 }, connections: 2 });
  assert.equal(session.servers.length, 2);
});

Deno.test("with `random` calls take connections at random, repeatable by the seed", async () => {
  await using peer = new ApiPeer(apiServer({ "GET /x": {} }));
  using session = await connect(peer.url, { values: { conns: 4 }, random: createRng(7) });
  const portOf = async (lane: number) => {
    await session.cluster.request({ method: "GET", path: "/x", lane });
    return peer.last.port;
  };
  const ports = [await portOf(0), await portOf(1), await portOf(2), await portOf(3)];
  peer.received.length = 0;
  for (let k = 0; k < 20; k++) await session.cluster.request({ method: "GET", path: "/x" });
  // What getting ready has drawn is not known here, so that any place of the stream will do.
  const rng = createRng(7);
  const stream = Array.from({ length: 40 }, () => rng.integerBelow(4)).join("");
  const taken = peer.received.map(({ port }) => ports.indexOf(port)).join("");
  assert.ok(stream.includes(taken), `${taken} is not in ${stream}`);
});

Deno.test("answers are counted by flow schema from the first call on, and not before", async () => {
  await using peer = new ApiPeer(apiServer());
  using session = await connect(peer.url);
  await session.cluster.request({ method: "GET", path: "/version" });
  const recorder = new Recorder({ startMs: 0 });
  session.flow.flush(recorder, 1);
  const [counter] = recorder.rotate(2).flatMap(({ counters }) => counters);
  assert.deepEqual([counter?.value, counter?.tags], [1, {
    flowSchema: "service",
    priorityLevel: "workload",
  }]);
});

Deno.test("require() is about the user of the session", async () => {
  const review = { status: { allowed: false } };
  const path = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  await using peer = new ApiPeer(apiServer({ [path]: review }));
  using session = await connect(peer.url);
  await assert.rejects(session.require([{ verb: "create", resource: NAMESPACES }]), {
    name: "CannotRunError",
    message: /^User "dev" may not create namespaces; grant it with: kubectl create clusterrole /,
  });
});

Deno.test("without SelfSubjectReview the user is not known, and that is no obstacle", async () => {
  for (const answer of [statusAnswer(404), statusAnswer(403, { reason: "Forbidden" })]) {
    await using peer = new ApiPeer(apiServer({ [WHO_AM_I]: answer }));
    using session = await connect(peer.url);
    assert.equal(session.user, undefined);
    assert.equal("user" in session.facts, false);
    assert.deepEqual(session.warnings, []);
  }
});

Deno.test("a user without groups is shown without them", async () => {
  const userInfo = { username: "lonely" };
  await using peer = new ApiPeer(apiServer({ [WHO_AM_I]: { status: { userInfo } } }));
  using session = await connect(peer.url);
  assert.equal(session.facts.user, "lonely");
});

Deno.test("system:masters, nobody, no verification and the relay are warned of", async () => {
  const userInfo = { username: "admin", groups: ["system:masters"] };
  const codesOf = async (target: Partial<ClusterTarget>, changes = {}, http1 = false) => {
    await using peer = new ApiPeer(apiServer(changes));
    using session = await connect(peer.url, { target, values: { http1 } });
    return session.warnings.map(({ code }) => code);
  };
  assert.deepEqual(await codesOf({}, { [WHO_AM_I]: { status: { userInfo } } }), [
    "exempt-from-apf",
  ]);
  const nobody = { username: "system:anonymous", groups: ["system:unauthenticated"] };
  assert.deepEqual(await codesOf({}, { [WHO_AM_I]: { status: { userInfo: nobody } } }), [
    "anonymous-user",
  ]);
  assert.deepEqual(await codesOf({ insecure: true }), ["insecure"]);
  assert.deepEqual(await codesOf({ tlsServerName: "kubernetes.test" }), []);
  assert.deepEqual(await codesOf({ tlsServerName: "kubernetes.test" }, {}, true), ["relayed"]);
});

Deno.test("an http:// server is spoken to over HTTP/1.1, and the facts say so", async () => {
  await using peer = new ApiPeer(apiServer(), { identity: undefined });
  using session = await connect(peer.url);
  assert.equal(session.facts.connections, "1 over HTTP/1.1");
});

Deno.test("`endpoints` spreads connections over the API servers' own addresses", async (t) => {
  const cases: [number, string, string, string[]][] = [
    [0, "one each", "AB", []],
    [2, "as many as there are", "AB", []],
    [1, "fewer", "A", []],
    [5, "more", "ABABA", ["5 connections go to 2 API servers: some get more than one"]],
  ];
  for (const [connections, name, expected, warned] of cases) {
    await t.step(name, async () => {
      await using one = new ApiPeer(apiServer());
      await using other = new ApiPeer(apiServer());
      const balancer = apiServer({ [SLICES]: slicesOf(one, other) });
      await using peer = new ApiPeer(balancer);
      using session = await connect(peer.url, { spread: "endpoints", connections });
      const [first, second] = [one.url, other.url].sort();
      const urls = { A: first, B: second };
      assert.deepEqual(session.servers, [...expected].map((letter) => urls[letter as "A" | "B"]));
      assert.deepEqual(session.warnings.map(({ message }) => message), warned);
      const count = (letter: string) => expected.split(letter).length - 1;
      const [a, b] = first === one.url ? [one, other] : [other, one];
      assert.equal(a.clientPorts.length, count("A"));
      assert.equal(b.clientPorts.length, count("B"));
      const distinct = new Set(session.servers);
      assert.equal(session.facts.servers, [...distinct].join(", "));
    });
  }
});

Deno.test("more connections than the only API server are warned of", async () => {
  await using one = new ApiPeer(apiServer());
  await using peer = new ApiPeer(apiServer({ [SLICES]: slicesOf(one) }));
  using session = await connect(peer.url, { spread: "endpoints", connections: 2 });
  assert.deepEqual(session.warnings, [{
    code: "few-endpoints",
    message: "2 connections go to 1 API server: it gets all of them",
  }]);
});

Deno.test("where endpoints are not there or may not be read, all connections go to the server", async () => {
  const message = "endpointslices is forbidden";
  const cases: [Record<string, unknown>, string][] = [
    [{}, "Service default/kubernetes has no endpoints"],
    [{ [SLICES]: { metadata: {}, items: [] } }, "Service default/kubernetes has no endpoints"],
    [
      { [SLICES]: statusAnswer(403, { reason: "Forbidden", message }) },
      `The endpoints of service default/kubernetes may not be read (${message})`,
    ],
    [
      { [ENDPOINTS]: statusAnswer(403, { reason: "Forbidden", message }) },
      `The endpoints of service default/kubernetes may not be read (${message})`,
    ],
  ];
  for (const [changes, why] of cases) {
    await using peer = new ApiPeer(apiServer(changes));
    for (const [connections, expected] of [[0, 1], [3, 3]] as const) {
      using session = await connect(peer.url, { spread: "endpoints", connections });
      assert.deepEqual(session.servers, Array(expected).fill(peer.url));
      assert.deepEqual(session.warnings, [{
        code: "no-endpoints",
        message: `${why}: all connections go to ${peer.url}`,
      }]);
    }
  }
});

Deno.test("one endpoint that cannot be reached is named, and the other connections are given up", async () => {
  const gone = await unreachableServer();
  await using silent = new H2Peer({ identity: peerIdentity });
  silent.stall();
  const slices = slicesOf(silent, { port: Number(new URL(gone).port) });
  await using peer = new ApiPeer(apiServer({ [SLICES]: slices }));
  const why = await whyNot(peer.url, { spread: "endpoints", connections: 0 });
  assert.ok(why.startsWith(`Cannot reach ${gone}: `), why);
  assert.ok(why.endsWith(REMEDY), why);
  await assertConnections(peer.port, 0);
  await assertConnections(silent.port, 0);
});

Deno.test("endpoints that cannot be asked for are a reason not to run", async () => {
  const busy = statusAnswer(503, { reason: "ServiceUnavailable", message: "etcd is down" });
  assert.equal(
    await whyRefused({ [SLICES]: busy }, { spread: "endpoints" }),
    "Cannot use SERVER: etcd is down",
  );
});

Deno.test("a server that is not there is named with its context and with what to do", async () => {
  const server = await unreachableServer();
  const names = { context: "dev", source: "home", paths: [] } as const;
  const why = await whyNot(server, { target: { names } });
  assert.ok(why.startsWith(`Cannot reach ${server} (context "dev"): `), why);
  assert.match(why, /refused/);
  assert.ok(why.endsWith(REMEDY), why);
});

Deno.test("a server of an unknown authority is refused with how to trust it", async () => {
  const { caPem } = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
  const why = await whyRefused({}, { target: { caPem } });
  assert.match(why, /^Cannot reach SERVER: invalid peer certificate: /);
  assert.match(why, /name the .* with --certificate-authority FILE/);
  assert.ok(!why.includes("check that it runs"), why);
});

Deno.test("a server that never answers is given up after --request-timeout", async () => {
  const clock = new FakeClock();
  await using peer = new H2Peer({ identity: peerIdentity });
  const asked = Promise.withResolvers<void>();
  peer.onRequest(() => asked.resolve());
  const why = whyNot(peer.baseUrl, { clock, values: { "request-timeout": 2_000 } });
  await asked.promise;
  await clock.advance(2_000);
  assert.equal(await why, `Cannot reach ${peer.baseUrl}: no answer in 2000 ms${REMEDY}`);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("credentials that the server does not take are said to be so", async () => {
  const changes = { "GET /version": statusAnswer(401, { reason: "Unauthorized" }) };
  const rest = ": they are missing, wrong or expired; log in again, or name others with --user, " +
    "--token or --kubeconfig";
  assert.equal(await whyRefused(changes), `SERVER does not accept the credentials${rest}`);
  const names = { user: "me", source: "home", paths: [] } as const;
  assert.equal(
    await whyRefused(changes, { target: { names } }),
    `SERVER does not accept the credentials of user "me"${rest}`,
  );
  assert.equal(
    await whyRefused({ [WHO_AM_I]: statusAnswer(401, { reason: "Unauthorized" }) }),
    `SERVER does not accept the credentials${rest}`,
  );
});

Deno.test("credentials that cannot be had are told in their own words, at first and after a 401", async () => {
  const error = new CannotRunError("Plugin x failed");
  const credentials = { current: () => Promise.reject(error), invalidate: () => false };
  assert.equal(await whyRefused({}, { target: { credentials } }), "Plugin x failed");
  let refused = false;
  const expiring = {
    current: () => refused ? Promise.reject(error) : Promise.resolve({}),
    invalidate: () => refused = true,
  };
  const changes = { "GET /version": statusAnswer(401) };
  assert.equal(await whyRefused(changes, { target: { credentials: expiring } }), "Plugin x failed");
});

Deno.test("a token that expired is renewed without a word", async () => {
  const credentials = new ScriptedCredentials({ authorization: "Bearer old" }, {
    authorization: "Bearer new",
  });
  const answer = apiServer();
  await using peer = new ApiPeer((request) =>
    request.headers.get("authorization") === "Bearer new" ? answer(request) : statusAnswer(401)
  );
  using session = await connect(peer.url, { target: { credentials } });
  assert.deepEqual(session.user, DEV);
});

Deno.test("a client certificate that has expired is named before anything is sent", async () => {
  const { certPem, keyPem } = await createServerIdentity({
    hosts: ["me"],
    now: new Date("2020-01-01T00:00:00Z"),
    validMs: 86_400_000,
  });
  await using peer = new ApiPeer(apiServer());
  const config = `
current-context: dev
clusters: [{name: dev, cluster: {server: "${peer.url}", certificate-authority-data: ${
    btoa(peerIdentity.caPem)
  }}}]
users: [{name: me, user: {client-certificate-data: ${btoa(certPem)}, client-key-data: ${
    btoa(keyPem)
  }}}]
contexts: [{name: dev, context: {cluster: dev, user: me}}]
`;
  const values = clusterValues();
  const world = scriptedWorld({ files: { "/home/me/.kube/config": config } });
  const connecting = async () => await connect(peer.url, { target: resolveTarget(values, world) });
  const error = await failureOf(connecting());
  assert.ok(error instanceof CannotRunError);
  assert.match(error.message, /^The client certificate of user "me" .* expired on 2020-01-02T/);
  assert.deepEqual(peer.lines, []);
});

Deno.test("a server that answers something else is refused with what it says", async (t) => {
  const forbidden = {
    reason: "Forbidden",
    message: 'forbidden: User "dev" cannot get path "/version"',
  };
  const page = new Response("<html>", { headers: { "content-type": "text/html" } });
  const cases: [string, unknown, string][] = [
    ["403", statusAnswer(403, forbidden), `Cannot use SERVER: ${forbidden.message}`],
    [
      "404 of a web server",
      new Response("404 page not found\n", { status: 404 }),
      "Cannot use SERVER: 404 page not found (404)",
    ],
    [
      "302 to a login page",
      new Response(null, { status: 302, headers: { location: "/login" } }),
      'Cannot use SERVER: The server redirects to "/login" (302)',
    ],
    [
      "503 of a load balancer",
      new Response("no healthy upstream", { status: 503 }),
      "Cannot use SERVER: no healthy upstream (503)",
    ],
    [
      "a web page",
      page,
      "Cannot use SERVER: the answer to GET /version: it is no version with a gitVersion, but the " +
      'text "<html>"; is it a Kubernetes API server, or a proxy or log-in page in front of it?',
    ],
  ];
  for (const [name, answer, expected] of cases) {
    await t.step(name, async () => {
      assert.equal(await whyRefused({ "GET /version": answer }), expected);
    });
  }
});

Deno.test("impersonation that is refused is told in the server's words", async () => {
  const message = 'users "jane" is forbidden: User "dev" cannot impersonate resource "users"';
  const changes = { "GET /version": statusAnswer(403, { reason: "Forbidden", message }) };
  const target = { impersonation: [["Impersonate-User", "jane"]] as [string, string][] };
  assert.equal(await whyRefused(changes, { target }), `Cannot use SERVER: ${message}`);
});

Deno.test("after the session ended its connections are closed", async () => {
  await using peer = new ApiPeer(apiServer());
  const session = await connect(peer.url, { values: { conns: 2 } });
  await assertConnections(peer.port, 2);
  session[Symbol.dispose]();
  await assertConnections(peer.port, 0);
  await assert.rejects(session.cluster.get(CONFIG_MAPS, { namespace: "a", name: "b" }));
});

Deno.test("a cluster that is of no use is left without a connection", async () => {
  const changes = { [WHO_AM_I]: statusAnswer(401) };
  await using peer = new ApiPeer(apiServer(changes));
  await whyNot(peer.url);
  await assertConnections(peer.port, 0);
});

Deno.test("the set-up waits for a server that asks for it, and asks each question again", async () => {
  const busy = () => new Response("busy", { status: 429, headers: { "retry-after": "3" } });
  const refused = new Set<string>();
  const answers = apiServer({
    "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews": { status: { allowed: true } },
  });
  await using peer = new ApiPeer((request) => {
    const call = `${request.method} ${request.path}`;
    if (refused.has(call)) return answers(request);
    refused.add(call);
    return busy();
  });
  const clock = new JumpingClock();
  using session = await connect(peer.url, { clock });
  assert.deepEqual(session.user, DEV);
  await session.require([{ verb: "list", resource: CONFIG_MAPS }]);
  const asked = [
    "GET /version",
    WHO_AM_I,
    "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
  ];
  for (const call of asked) {
    assert.equal(peer.lines.filter((line) => line === call).length, call === asked[0] ? 3 : 2);
  }
  assert.ok(clock.now() >= 9_000);
});

Deno.test("a server that asks to wait for longer than the set-up does is told with its words", async () => {
  const busy = new Response("busy", { status: 429, headers: { "retry-after": "60" } });
  assert.equal(await whyRefused({ [WHO_AM_I]: busy }), "Cannot use SERVER: busy (429)");
});
