import assert from "node:assert/strict";
import { BACKUP_ARTIFACT_TYPE } from "../../../../../kube/devworkspace/words.ts";
import { MANIFEST_TYPE } from "../../../../../probes/backup/restore/registry/artifact.ts";
import { ociRegistry } from "../../../../../probes/backup/restore/registry/oci_registry.ts";
import { type Answering, ApiPeer, type Received } from "../../../../support/api_peer.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";

const NEVER = new AbortController().signal;
const CREDENTIALS = { username: "robot", password: "p:ä" };
const BASIC = `Basic ${new TextEncoder().encode("robot:p:ä").toBase64()}`;
const MANIFEST = { schemaVersion: 2, artifactType: BACKUP_ARTIFACT_TYPE };

function peer(answer: Answering): ApiPeer {
  return new ApiPeer(answer, { identity: undefined });
}

function look(registry: ApiPeer, options: { credentials?: typeof CREDENTIALS } = {}) {
  return ociRegistry({ clock: new FakeClock(), env: () => undefined, ...options })
    .look(`127.0.0.1:${registry.port}/user/ns/dw:latest`, NEVER);
}

function unauthorized(challenge: string): Response {
  return new Response("{}", { status: 401, headers: { "www-authenticate": challenge } });
}

function authorizationsOf({ received }: ApiPeer): (string | null)[] {
  return received.map(({ headers }: Received) => headers.get("authorization"));
}

Deno.test("a backup is found by its manifest, as an OCI manifest", async () => {
  await using registry = peer(() => MANIFEST);
  assert.deepEqual(await look(registry), { kind: "found" });
  assert.deepEqual(registry.lines, ["GET /v2/user/ns/dw/manifests/latest"]);
  assert.equal(registry.last.headers.get("accept"), MANIFEST_TYPE);
  registry.onRequest(() => ({ schemaVersion: 2, config: { mediaType: BACKUP_ARTIFACT_TYPE } }));
  assert.deepEqual(await look(registry), { kind: "found" });
});

Deno.test("what is not there is missing, and what is something else is said", async () => {
  await using registry = peer(() => new Response("{}", { status: 404 }));
  assert.deepEqual(await look(registry), { kind: "missing" });
  registry.onRequest(() => ({ schemaVersion: 2, config: { mediaType: "application/x" } }));
  assert.deepEqual(await look(registry), { kind: "other", type: "application/x" });
  registry.onRequest(() => new Response("[not json"));
  assert.deepEqual(await look(registry), { kind: "other", type: "" });
});

Deno.test("a registry that asks for a password is shown it once", async () => {
  await using registry = peer(({ headers }) =>
    headers.get("authorization") === BASIC ? MANIFEST : unauthorized('Basic realm="x"')
  );
  assert.deepEqual(await look(registry, { credentials: CREDENTIALS }), { kind: "found" });
  assert.deepEqual(authorizationsOf(registry), [null, BASIC]);
});

Deno.test("a token is asked for as the registry says, and shown to it", async () => {
  await using registry = peer(({ path, headers }) => {
    if (path === "/token") return { access_token: "t0ken" };
    if (headers.get("authorization") === "Bearer t0ken") return MANIFEST;
    const realm = `http://127.0.0.1:${registry.port}/token?a=b`;
    const scope = "repository:user/ns/dw:pull";
    return unauthorized(`Basic realm="x", Bearer realm="${realm}",service="r",scope="${scope}"`);
  });
  assert.deepEqual(await look(registry, { credentials: CREDENTIALS }), { kind: "found" });
  assert.deepEqual(authorizationsOf(registry), [null, BASIC, "Bearer t0ken"]);
  assert.equal(
    registry.lines[1],
    "GET /token?a=b&service=r&scope=repository%3Auser%2Fns%2Fdw%3Apull",
  );
});

Deno.test("tokens of servers that nobody has verified are not asked for", async () => {
  for (const realm of ["http://registry.example/token", "ftp://127.0.0.1/", "token", ""]) {
    await using registry = peer(() => unauthorized(`Bearer realm="${realm}"`));
    const state = await look(registry, { credentials: CREDENTIALS });
    assert.equal(state.kind, "unknown", realm);
    assert.equal(registry.received.length, 1, realm);
    assert.doesNotMatch(JSON.stringify(state), /p:ä|robot/);
  }
});

Deno.test("what gives no answer about the image is not known, and is no missing backup", async () => {
  await using registry = peer(() => new Response("", { status: 500 }));
  const why = async () => {
    const state = await look(registry);
    return state.kind === "unknown" ? state.why : state.kind;
  };
  assert.match(await why(), /answered 500$/);
  registry.onRequest(() => unauthorized("Negotiate"));
  assert.match(await why(), /asks for credentials$/);
  registry.onRequest(() => Response.redirect(`http://127.0.0.1:${registry.port}/elsewhere`));
  assert.match(await why(), /answered 302$/);
  registry.onRequest(() => new Response(" ".repeat(4 * 2 ** 20 + 1)));
  assert.match(await why(), /more than 4 MiB/);
  const noImage = await ociRegistry({ clock: new FakeClock() }).look("quay.io/UPPER/a:b", NEVER);
  assert.deepEqual(noImage, { kind: "unknown", why: '"quay.io/UPPER/a:b" is no image\'s name' });
});

Deno.test("a registry that does not answer is given up", async () => {
  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  await using registry = peer(() => {
    asked.resolve();
    return never.promise;
  });
  const image = `127.0.0.1:${registry.port}/user/ns/dw:latest`;
  const looking = ociRegistry({ clock, env: () => undefined }).look(image, NEVER);
  await asked.promise;
  await clock.advance(10_000);
  const state = await looking;
  assert.match(state.kind === "unknown" ? state.why : state.kind, /^no answer of .* in 10 s$/);
  never.resolve(new Response());
});

Deno.test("a registry on this machine that has a certificate is asked as oras is told to", async () => {
  await using registry = new ApiPeer(() => MANIFEST);
  const image = `127.0.0.1:${registry.port}/user/ns/dw:latest`;
  const lookWith = async (orasArgs: string) => {
    const options = { clock: new FakeClock(), env: () => undefined, orasArgs };
    return (await ociRegistry(options).look(image, NEVER)).kind;
  };
  assert.equal(await lookWith(""), "unknown");
  assert.equal(await lookWith("--plain-http=false"), "unknown");
  assert.equal(registry.received.length, 0);
  assert.equal(await lookWith("--plain-http=false --insecure"), "found");
});

Deno.test("a registry that is not there says nothing of what is in it", async () => {
  const registry = peer(() => MANIFEST);
  const { port } = registry;
  await registry[Symbol.asyncDispose]();
  const options = { clock: new FakeClock(), env: () => undefined };
  const state = await ociRegistry(options).look(`127.0.0.1:${port}/user/a:latest`, NEVER);
  assert.match(state.kind === "unknown" ? state.why : state.kind, /connection refused/i);
});
