/**
 * Where a run works: its namespaces, the template of its workspaces, a watch on them, and an operator that
 * has answered. Puts no load on.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Fetch } from "../../../core/net/http_channel.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Say } from "../../../core/say.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { LABEL } from "../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { Borrowed } from "../../../kube/owned/borrowed.ts";
import { Footprint } from "../../../kube/owned/footprint.ts";
import { makeObjects } from "../../../kube/owned/make_objects.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import type { ClusterTarget } from "../../../kube/config/target.ts";
import type { FlowControl } from "../../../kube/http/flow_control.ts";
import { CONFIG_MAPS, SECRETS } from "../../../kube/resource.ts";
import { isNotFound } from "../../../kube/status_error.ts";
import { borrowIgnoredEvents } from "../configure/borrow_config.ts";
import { checkOperator } from "../configure/check_operator.ts";
import type { Configuration } from "../configure/configuration.ts";
import { registryHostOf } from "../configure/configuration_of.ts";
import { withInternalRegistry } from "../configure/internal_registry.ts";
import { ensureRegistrySecret } from "../configure/registry_secret.ts";
import { automountObjects } from "../load/automount.ts";
import { fetchTemplate } from "../load/fetch_template.ts";
import { flyPilot } from "../load/pilot.ts";
import { TEST_LABEL } from "../load/places.ts";
import { workspaceAfter, type WorkspaceTemplate } from "../load/template.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { PodExec } from "../restore/marker.ts";
import { WorkspaceWatch } from "../workspaces/workspace_watch.ts";
import { workspacesPlace } from "./needs.ts";
import type { RunFiles } from "./run_files.ts";
import { againstBackup, type BackupPlan, changesOperator } from "./backup_plan.ts";

export interface SceneOptions {
  readonly plan: BackupPlan;
  readonly identity: RunIdentity;
  readonly session: {
    readonly cluster: Cluster;
    readonly flow: Pick<FlowControl, "reset">;
    readonly target: Pick<ClusterTarget, "server">;
    /** Absent: no command can be run in pods. */
    readonly exec?: PodExec;
    /** What answers instead of a network; absent: nothing. */
    readonly fetch?: Fetch;
  };
  readonly say: Say;
  /** Where the registry's credentials are. */
  readonly env: (name: string) => string | undefined;
}

export interface Scene {
  readonly run: Run;
  readonly cluster: Cluster;
  readonly footprint: Footprint;
  /** The workspaces. */
  readonly owned: OwnedObjects;
  readonly watch: WorkspaceWatch;
  /** As the cluster has it; undefined: workspaces are not backed up. */
  readonly configuration: Configuration | undefined;
  /** Of others, until the run ends. */
  readonly borrowed: Borrowed;
  /** @param number 1, 2, ... */
  readonly workspace: (
    number: number,
  ) => { readonly ref: WorkspaceRef; readonly object: KubeObject };
}

type Context = SceneOptions & {
  readonly closing: AsyncDisposableStack;
  readonly files: RunFiles;
};

/** @throws {CannotRunError} if it cannot be made ready; what the server refuses it for */
export async function prepareScene(run: Run, context: Context): Promise<Scene> {
  const { plan: { values, places }, session: { cluster }, closing, identity } = context;
  const template = await fetchTemplate(run, values["devworkspace-link"]);
  const configuration = await checkedConfiguration(run, { ...context, template });
  const footprint = await layFootprint(run, context);
  const borrowed = new Borrowed(run, { cluster, identity, namespace: values["dwo-namespace"] });
  await readyOperator(run, { ...context, configuration, footprint, borrowed });
  const watch = closing.use(await openWatch(run, context));
  const owned = footprint.objects(DEV_WORKSPACES, places.workspaceNamespaces);
  const { namesCreator } = await sendPilot(run, { ...context, template, watch, owned });
  if (values["create-automount-resources"]) await makeAutomounts(run, { ...context, footprint });
  const creator = namesCreator ? {} : { [LABEL.creator]: run.id };
  return {
    ...{ run, cluster, footprint, owned, watch, configuration, borrowed },
    workspace: (number) => {
      const ref = places.workspace(number);
      const labels = { ...places.labels, ...creator };
      return { ref, object: workspaceAfter(template, { ...ref, labels, started: true }) };
    },
  };
}

/** @throws {CannotRunError} if nothing could be backed up, or there is nothing that would */
async function checkedConfiguration(
  run: Run,
  { plan: { values, configuration }, session: { cluster }, template }: Context & {
    readonly template: WorkspaceTemplate;
  },
): Promise<Configuration | undefined> {
  if (configuration === undefined) return undefined;
  const against = againstBackup(template);
  if (against !== undefined) throw new CannotRunError(against);
  await checkOperator(run, { cluster, operatorNamespace: values["dwo-namespace"] });
  return await withInternalRegistry(run, { cluster, configuration });
}

/** What has to be so before a workspace is made, or it would be too late for its backup. */
async function readyOperator(
  run: Run,
  { plan: { values }, identity, session: { cluster }, env, configuration, ...made }: Context & {
    readonly configuration: Configuration | undefined;
    readonly footprint: Footprint;
    readonly borrowed: Borrowed;
  },
): Promise<void> {
  const place = { ...made, cluster, identity, operatorNamespace: values["dwo-namespace"] };
  if (configuration !== undefined) {
    const isInternal = configuration.type === "openshift-internal";
    const registryHost = isInternal ? "" : registryHostOf(values);
    await ensureRegistrySecret(run, { ...place, configuration, registryHost, env });
  }
  await borrowIgnoredEvents(run, { ...place, reasons: values["ignore-unrecoverable-events"] });
}

async function layFootprint(run: Run, { plan, identity, session, say }: Context) {
  const { places, values } = plan;
  const automounts = values["create-automount-resources"] ? [CONFIG_MAPS, SECRETS] : [];
  const [besideOperator, operatorNamespace] = changesOperator(plan)
    ? [[OPERATOR_CONFIGS, SECRETS], [values["dwo-namespace"]]]
    : [[], []];
  return await Footprint.lay(run, session.cluster, {
    identity,
    // That of the operator is there: what may be made beside it has to be found there, too.
    namespaces: [...places.namespaces, ...operatorNamespace],
    createsNamespaces: true,
    namespaceLabels: TEST_LABEL,
    kinds: [DEV_WORKSPACES, ...automounts, ...besideOperator],
    say,
  });
}

async function openWatch(
  run: Run,
  { plan, session: { cluster }, files }: Context,
): Promise<WorkspaceWatch> {
  try {
    return await WorkspaceWatch.open(run, cluster, {
      ...workspacesPlace(plan),
      onSeen: (workspace) => files.see(workspace),
    });
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new CannotRunError(
      "The cluster has no DevWorkspaces (workspace.devfile.io/v1alpha2): the DevWorkspace Operator is not installed",
      { cause: thrown },
    );
  }
}

async function sendPilot(
  run: Run,
  { plan: { values, places }, session: { cluster }, template, watch, owned }: Context & {
    readonly template: WorkspaceTemplate;
    readonly watch: WorkspaceWatch;
    readonly owned: OwnedObjects;
  },
) {
  const { pilot: ref, labels } = places;
  return await flyPilot(run, {
    ...{ cluster, watch, owned, ref },
    pilot: workspaceAfter(template, { ...ref, labels, started: false }),
    timeoutMs: values["operator-timeout"],
    operatorNamespace: values["dwo-namespace"],
  });
}

async function makeAutomounts(
  run: Run,
  { plan: { places }, session: { cluster }, footprint }: Context & {
    readonly footprint: Footprint;
  },
): Promise<void> {
  const { workspaceNamespaces: namespaces, labels } = places;
  for (const [kind, objects] of automountObjects({ namespaces, labels })) {
    const objectsOf = () => footprint.objects(kind, namespaces);
    await makeObjects(run, { cluster, objectsOf, kind, objects });
  }
}
