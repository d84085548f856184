/**
 * All behaviours of the DevWorkspace Operator that the probe of backups relies on or could stumble over, as
 * tests of one subject.
 * @module
 */

import { BACKUPS } from "./backups.ts";
import { CONFIGS } from "./configs.ts";
import { LOST_BACKUPS } from "./lost_backups.ts";
import { RESTORES } from "./restores.ts";
import { DevWorkspaceScene } from "./scene.ts";
import type { DevWorkspaceBehaviour, DevWorkspaceSubject } from "./subject.ts";
import { WORKSPACES } from "./workspaces.ts";

const BEHAVIOURS: Readonly<Record<string, readonly DevWorkspaceBehaviour[]>> = {
  workspaces: WORKSPACES,
  backups: BACKUPS,
  lost: LOST_BACKUPS,
  configs: CONFIGS,
  restores: RESTORES,
};

/** The session lives longer than a test, and looks at its connections all the time. */
const sanitizeOps = false;

export interface DevWorkspaceSuiteOptions {
  /** What the tests' names begin with. */
  readonly label: string;
  readonly ignore?: boolean;
}

/** @param subject for the bodies of tests only */
export function testDevWorkspaceConformance(
  subject: () => DevWorkspaceSubject,
  { label, ignore = false }: DevWorkspaceSuiteOptions,
): void {
  let count = 0;
  for (const [part, behaviours] of Object.entries(BEHAVIOURS)) {
    for (const { name, check } of behaviours) {
      const namespace = `${label}-${++count}`;
      Deno.test(`${label}, ${part}: ${name}`, { ignore, sanitizeOps }, async () => {
        await using scene = await DevWorkspaceScene.open(subject(), namespace);
        await check(scene, subject());
      });
    }
  }
}
