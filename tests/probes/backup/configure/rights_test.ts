import assert from "node:assert/strict";
import { type KindName, type Resource, resourceName } from "../../../../kube/resource.ts";
import { borrowConfig } from "../../../../probes/backup/configure/borrow_config.ts";
import { checkBackups } from "../../../../probes/backup/configure/check_backups.ts";
import { checkOperator } from "../../../../probes/backup/configure/check_operator.ts";
import { ensureRegistrySecret } from "../../../../probes/backup/configure/registry_secret.ts";
import { configureRights } from "../../../../probes/backup/configure/rights.ts";
import {
  claim,
  OPERATOR,
  operatorConfig,
  OperatorWorld,
  USERS,
  VALUES,
  workspace,
} from "./operator_world.ts";

const FLAGS = { ...VALUES, "dwo-namespace": OPERATOR, namespace: USERS };

function nameOf(kind: Resource | KindName): string {
  return "plural" in kind ? resourceName(kind) : kind.kind;
}

/** `get secrets`, and where. */
function granted(separate: boolean) {
  return configureRights({ ...FLAGS, "separate-namespaces": separate })
    .map(({ verb, kind, namespace = "*" }) => `${verb} ${nameOf(kind)} ${namespace}`);
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  PATCH: "patch",
  DELETE: "delete",
};

/** What a call takes, as {@link granted}. */
function needed(call: string): string {
  const [method = "", path = ""] = call.split("?")[0]!.split(" ");
  const [, group, namespace = "*", plural, name] =
    /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/
      .exec(path)!;
  const verb = VERBS[method] ?? (name === undefined ? "list" : "get");
  return `${verb} ${plural}${group === undefined ? "" : `.${group}`} ${namespace}`;
}

Deno.test("nothing is asked of the cluster that was not said before", async () => {
  await using world = await OperatorWorld.with([
    workspace("a"),
    claim("claim-devworkspace"),
    operatorConfig({ workspace: {} }),
  ]);
  world.env.set("QUAY_USERNAME", "me").set("QUAY_PASSWORD", "x");
  const options = await world.options();
  world.cluster.calls.length = 0;
  const workspaces = [{ namespace: USERS, name: "a" }];
  await world.advance(checkOperator(world.run, options));
  await world.advance(ensureRegistrySecret(world.run, options));
  await world.advance(checkBackups(world.run, { ...options, workspaces }));
  const { giveBack } = await world.advance(borrowConfig(world.run, options));
  await world.advance(giveBack());
  // The run's record is not of this part.
  const said = new Set([...granted(false), `patch leases.coordination.k8s.io ${USERS}`]);
  const unsaid = new Set(world.cluster.calls.map(needed).filter((right) => !said.has(right)));
  assert.deepEqual([...unsaid], []);
});

Deno.test("a Secret may be read by its name alone, and workspaces where they are", () => {
  const rights = configureRights({ ...FLAGS, "separate-namespaces": false });
  const reads = rights.filter(({ verb, kind }) => verb === "get" && nameOf(kind) === "secrets");
  assert.deepEqual(reads.map(({ namespace, name }) => [namespace, name]), [
    [USERS, "devworkspace-backup-registry-auth"],
    [OPERATOR, "quay-push-secret"],
  ]);
  assert.ok(granted(false).includes(`list persistentvolumeclaims ${USERS}`));
  assert.ok(granted(true).includes("list persistentvolumeclaims *"));
});

Deno.test("OpenShift's registry takes a look at its route, and no Secret", () => {
  const rights = configureRights({
    ...FLAGS,
    "dwoc-config-type": "openshift-internal",
    "separate-namespaces": false,
  }).map(({ verb, kind, namespace = "*" }) => `${verb} ${nameOf(kind)} ${namespace}`);
  assert.ok(rights.includes("get routes.route.openshift.io openshift-image-registry"));
  assert.ok(!rights.some((right) => right.includes(`secrets ${OPERATOR}`)));
});
