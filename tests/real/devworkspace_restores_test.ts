/** From where does the DevWorkspace Operator restore a workspace? */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { devWorkspaceOfFile } from "./devworkspace/devworkspace_of_file.ts";
import {
  backUp,
  backUpEachSecond,
  type Container,
  envOf,
  GOOD,
  Workspaces,
} from "./devworkspace/workspaces.ts";

const { ignore, plane } = await devWorkspaceOfFile();

const PREFIX = "controller.devfile.io/";
const RESTORED = { [`${PREFIX}restore-workspace`]: true };
let namespaces = 0;

function test(name: string, body: (workspaces: Workspaces) => Promise<void>): void {
  Deno.test(name, { ignore }, async () => {
    await using workspaces = await Workspaces.in(plane(), `restores-${++namespaces}`);
    await body(workspaces);
  });
}

/** Restores are made from a configuration that backs nothing up. */
async function configure(path: string): Promise<void> {
  await backUp(plane(), { enable: false, registry: { path } });
}

/** What the pod of a workspace that runs restores with; undefined: it restores nothing. */
async function restoringIn(workspaces: Workspaces, name: string): Promise<Container | undefined> {
  await workspaces.until(name, "Running");
  const { status } = await workspaces.get(name);
  const [pod] = await workspaces.pods(`${PREFIX}devworkspace_id=${status!.devworkspaceId}`);
  return pod!.spec.initContainers?.find(({ name }) => name === "workspace-restore");
}

async function imageOf(workspaces: Workspaces, name: string): Promise<string | undefined> {
  const container = await restoringIn(workspaces, name);
  assert.ok(container !== undefined, `${name} is not restored`);
  return envOf(container)["BACKUP_IMAGE"];
}

test("a workspace is restored from the registry's path, its namespace and its name", async (workspaces) => {
  await configure(`${GOOD}/`);
  await workspaces.create("boolean", { attributes: RESTORED });
  await workspaces.create("text", { attributes: { [`${PREFIX}restore-workspace`]: "true" } });
  await workspaces.create("ephemeral", { attributes: RESTORED, storage: "ephemeral" });
  for (const name of ["boolean", "text", "ephemeral"]) {
    const image = `${GOOD}/${workspaces.namespace}/${name}:latest`;
    assert.equal(await imageOf(workspaces, name), image);
  }
});

test("an image to restore from counts only for a workspace that is to be restored", async (workspaces) => {
  await configure(GOOD);
  const attributes = { [`${PREFIX}restore-source-image`]: "other.test/backup:1" };
  await workspaces.create("not", { attributes });
  await workspaces.create("restored", { attributes: { ...attributes, ...RESTORED } });
  assert.equal(await restoringIn(workspaces, "not"), undefined);
  assert.equal(await imageOf(workspaces, "restored"), "other.test/backup:1");
});

test("a workspace whose restore fails is Failed", async (workspaces) => {
  await configure("missing.test/user");
  await workspaces.create("a", { attributes: RESTORED });
  await eventually(
    "the restore fails",
    async () => (await workspaces.get("a")).status?.phase === "Failed",
  );
  assert.match(
    (await workspaces.get("a")).status?.message ?? "",
    /workspace-restore|CrashLoopBackOff/,
  );
});

test("without a registry in the configuration no workspace is restored", async (workspaces) => {
  await backUp(plane(), null);
  await workspaces.create("a", { attributes: RESTORED });
  await workspaces.until("a", "Failed");
  assert.match((await workspaces.get("a")).status?.message ?? "", /registry is not configured/);
});

test("a configuration of its own changes where a workspace is restored from, and not where it is backed up to", async (workspaces) => {
  const { namespace } = workspaces;
  await plane().admin(
    `/apis/controller.devfile.io/v1alpha1/namespaces/${namespace}/devworkspaceoperatorconfigs`,
    {
      method: "POST",
      body: {
        apiVersion: "controller.devfile.io/v1alpha1",
        kind: "DevWorkspaceOperatorConfig",
        metadata: { name: "own" },
        config: { workspace: { backupCronJob: { registry: { path: "external.test/user" } } } },
      },
    },
  );
  const own = { [`${PREFIX}devworkspace-config`]: { name: "own", namespace } };
  await workspaces.create("a", { attributes: own });
  await workspaces.until("a", "Running");
  await workspaces.stop("a");
  await backUpEachSecond(plane());
  const [job] = await workspaces.untilJobs("a", 1);
  const { containers } = job!.spec.template.spec;
  assert.equal(envOf(containers[0]!)["DEVWORKSPACE_BACKUP_REGISTRY"], GOOD);
  await workspaces.untilOutcome("a", "true");

  await workspaces.delete("a");
  await workspaces.create("a", { attributes: { ...own, ...RESTORED } });
  assert.equal(await imageOf(workspaces, "a"), `external.test/user/${namespace}/a:latest`);
});
