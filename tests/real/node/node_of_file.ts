/**
 * One control plane with a node of its own, for all tests of a file.
 * @module
 */

import assert from "node:assert/strict";
import { ControlPlane } from "../control_plane.ts";
import { RealNode } from "./real_node.ts";
import { requireNode } from "./require_node.ts";

export interface NodeOfFile {
  /** Whether the tests have to be left out for want of it. */
  readonly ignore: boolean;
  /** For the bodies of tests only. */
  readonly plane: () => ControlPlane;
  readonly node: () => RealNode;
}

/** kwok would play the kubelet of the real node, too. */
export async function nodeOfFile(): Promise<NodeOfFile> {
  const ignore = !await requireNode();
  let plane: ControlPlane | undefined;
  let node: RealNode | undefined;
  Deno.test.beforeAll(async () => {
    if (ignore) return;
    plane = await ControlPlane.start({ without: ["kwok"] });
    node = await RealNode.start(plane);
  });
  Deno.test.afterAll(async () => {
    await node?.[Symbol.asyncDispose]();
    await plane?.[Symbol.asyncDispose]();
  });
  return {
    ignore,
    plane: () => {
      assert.ok(plane !== undefined, "the cluster is not up yet");
      return plane;
    },
    node: () => {
      assert.ok(node !== undefined, "the node is not up yet");
      return node;
    },
  };
}
