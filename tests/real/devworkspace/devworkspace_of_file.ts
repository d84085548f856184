/**
 * One cluster with a real DevWorkspace Operator for all tests of a file.
 * @module
 */

import assert from "node:assert/strict";
import { ControlPlane, type StartOptions } from "../control_plane.ts";
import { RealDevWorkspace, requireDevWorkspace } from "./real_devworkspace.ts";

export interface DevWorkspaceOfFile {
  /** Whether the tests have to be left out for want of it. */
  readonly ignore: boolean;
  /** For the bodies of tests only. */
  readonly plane: () => ControlPlane;
  readonly operator: () => RealDevWorkspace;
}

export async function devWorkspaceOfFile(options: StartOptions = {}): Promise<DevWorkspaceOfFile> {
  const ignore = !await requireDevWorkspace();
  let plane: ControlPlane | undefined;
  let operator: RealDevWorkspace | undefined;
  Deno.test.beforeAll(async () => {
    if (ignore) return;
    plane = await ControlPlane.start({ ...options, without: ["wardle"] });
    operator = await RealDevWorkspace.start(plane);
  });
  Deno.test.afterAll(async () => await plane?.[Symbol.asyncDispose]());
  return {
    ignore,
    plane: () => {
      assert.ok(plane !== undefined, "the cluster is not up yet");
      return plane;
    },
    operator: () => {
      assert.ok(operator !== undefined, "the operator is not up yet");
      return operator;
    },
  };
}
