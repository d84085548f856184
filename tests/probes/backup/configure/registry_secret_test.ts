import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CannotRunError, OperationFailedError } from "../../../../core/errors.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { NAMESPACES, type Resource, SECRETS } from "../../../../kube/resource.ts";
import { ensureRegistrySecret } from "../../../../probes/backup/configure/registry_secret.ts";
import { OPERATOR, OperatorWorld } from "./operator_world.ts";

const WATCHED = { "controller.devfile.io/watch-secret": "true" };
const REF = { namespace: OPERATOR, name: "quay-push-secret" };
const PASSWORD = "hünter2";
const AUTHS = { auths: { "quay.io": { username: "me", password: PASSWORD } } };

function secret(
  { config = AUTHS, labels = WATCHED, type = "kubernetes.io/dockerconfigjson" }: {
    config?: unknown;
    labels?: Readonly<Record<string, string>> | undefined;
    type?: string;
  } = {},
): readonly [Resource, KubeObject] {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  const data = { ".dockerconfigjson": Buffer.from(text).toString("base64") };
  return [SECRETS, { metadata: { ...REF, labels }, type, data }];
}

async function ensure(world: OperatorWorld): Promise<void> {
  await world.advance(ensureRegistrySecret(world.run, await world.options()));
}

async function refusal(world: OperatorWorld): Promise<string> {
  const thrown = await ensure(world).then(() => undefined, (thrown) => thrown);
  assert.ok(thrown instanceof CannotRunError, String(thrown));
  assert.doesNotMatch(thrown.message, /\n|hünter2/);
  return thrown.message;
}

Deno.test("a Secret that is in order is left alone", async () => {
  await using world = await OperatorWorld.with([secret()]);
  await ensure(world);
  assert.deepEqual(world.warnings, []);
  assert.deepEqual(world.writes().filter((call) => call.includes("secrets")), []);
});

for (
  const labels of [{ app: "x" }, { "controller.devfile.io/watch-secret": "false" }, undefined]
) {
  Deno.test(`a Secret with the labels ${JSON.stringify(labels)} is seen by the operator for the run only`, async () => {
    const given = labels === undefined ? secret() : secret({ labels });
    if (labels === undefined) delete (given[1].metadata as { labels?: unknown }).labels;
    await using world = await OperatorWorld.with([given]);
    await ensure(world);
    const labelled = await world.find(SECRETS, REF);
    assert.deepEqual(labelled?.metadata.labels, { ...labels, ...WATCHED });
    const journal = Deno.readTextFileSync(world.directory.file("borrowed.json"));
    const written = JSON.stringify(await world.loans()) + journal;
    const { ".dockerconfigjson": data } = labelled!["data"] as Record<string, string>;
    for (const hidden of [PASSWORD, data!]) assert.ok(!written.includes(hidden));
    assert.deepEqual(await world.undo(), []);
    assert.deepEqual((await world.find(SECRETS, REF))?.metadata.labels, labels);
    assert.deepEqual(await world.loans(), []);
  });
}

Deno.test("a Secret that cannot be used is told in one line, without a word of what it holds", async () => {
  const cases = [
    [{ type: "Opaque" }, /is of type Opaque, and has to be kubernetes.io\/dockerconfigjson$/],
    [{ config: {} }, /cannot be used: its .dockerconfigjson has no auths$/],
    [{ config: { auths: [] } }, /its .dockerconfigjson has no auths$/],
  ] as const;
  for (const [given, message] of cases) {
    await using world = await OperatorWorld.with([secret(given)]);
    assert.match(await refusal(world), message);
    assert.deepEqual(world.writes().filter((call) => call.includes("secrets")), []);
  }
});

Deno.test("credentials for another registry alone are warned of", async () => {
  const auths = { "https://index.docker.io/v1/": {}, "QUAY.example/me": {} };
  await using world = await OperatorWorld.with([secret({ config: { auths } })]);
  await ensure(world);
  assert.deepEqual(world.warnings, [
    `no-credentials-for-registry: Secret ${OPERATOR}/quay-push-secret has no credentials for quay.io`,
  ]);
  for (const key of ["https://quay.io/v1/", "quay.io/me", "http://QUAY.io"]) {
    await using other = await OperatorWorld.with([secret({ config: { auths: { [key]: {} } } })]);
    await ensure(other);
    assert.deepEqual(other.warnings, [], key);
  }
});

Deno.test("a Secret that is missing is made of the variables, and goes with the run", async () => {
  const given = [["QUAY_USERNAME", "me"], ["QUAY_PASSWORD", PASSWORD]] as const;
  await using world = await OperatorWorld.with();
  for (const [name, value] of given) world.env.set(name, value);
  await ensure(world);
  const made = await world.find(SECRETS, REF);
  assert.equal(made?.["type"], "kubernetes.io/dockerconfigjson");
  assert.equal(made?.metadata.labels?.["controller.devfile.io/watch-secret"], "true");
  const { ".dockerconfigjson": data } = made!["data"] as Record<string, string>;
  assert.deepEqual(JSON.parse(Buffer.from(data!, "base64").toString()), {
    auths: {
      "quay.io": {
        username: "me",
        password: PASSWORD,
        auth: Buffer.from(`me:${PASSWORD}`).toString("base64"),
      },
    },
  });
  assert.deepEqual(await world.undo(), []);
  assert.equal(await world.find(SECRETS, REF), undefined);
});

Deno.test("the later names of the variables come before the older ones, and half a pair is none", async () => {
  await using world = await OperatorWorld.with();
  const given = { REGISTRY_USERNAME: "robot", QUAY_USERNAME: "me", QUAY_PASSWORD: "old" };
  for (const [name, value] of Object.entries(given)) world.env.set(name, value);
  await ensure(world);
  const userOf = async () => {
    const { ".dockerconfigjson": data } = (await world.find(SECRETS, REF))!["data"] as Record<
      string,
      string
    >;
    return JSON.parse(Buffer.from(data!, "base64").toString()).auths["quay.io"].username;
  };
  assert.equal(await userOf(), "me");
  await world.cluster.delete(SECRETS, REF);
  world.env.set("REGISTRY_PASSWORD", "new");
  await ensure(world);
  assert.equal(await userOf(), "robot");
});

Deno.test("without Secret and variables it is said what to do, before anything is changed", async () => {
  await using world = await OperatorWorld.with();
  assert.equal(
    await refusal(world),
    `There is no Secret ${OPERATOR}/quay-push-secret with the registry's credentials: set REGISTRY_USERNAME ` +
      "and REGISTRY_PASSWORD (or QUAY_USERNAME and QUAY_PASSWORD) to have it made for the run, or name " +
      "another with --registry-secret",
  );
});

Deno.test("a create whose answer is lost has made the Secret all the same", async () => {
  await using world = await OperatorWorld.with();
  world.env.set("QUAY_USERNAME", "me").set("QUAY_PASSWORD", "x");
  let isLost = false;
  world.cluster.after = (call) => {
    if (isLost || call.split("?")[0] !== `POST /api/v1/namespaces/${OPERATOR}/secrets`) return;
    isLost = true;
    throw new OperationFailedError("connection-reset", "reset by peer");
  };
  await ensure(world);
  assert.equal(isLost, true);
  assert.deepEqual(await world.undo(), []);
  assert.equal(await world.find(SECRETS, REF), undefined);
  assert.notEqual(await world.find(NAMESPACES, { name: OPERATOR }), undefined);
});
