/**
 * A manifest of deploy/base as `kubectl apply --server-side` applies it, with every warning an error.
 * @module
 */

import assert from "node:assert/strict";
import type { ControlPlane } from "./control_plane.ts";
import { collectionOf, type Manifest } from "./manifest_files.ts";

const APPLY = "fieldManager=test&force=true&fieldValidation=Strict";

/** @param query more of it, as `&dryRun=All` */
export async function applyManifest(
  plane: ControlPlane,
  manifest: Manifest,
  query = "",
): Promise<void> {
  const path = `${collectionOf(manifest)}/${manifest.metadata.name}?${APPLY}${query}`;
  const { status, body, headers } = await plane.request("admin", path, {
    method: "PATCH",
    contentType: "application/apply-patch+yaml",
    body: JSON.stringify(manifest),
  });
  assert.ok(status === 200 || status === 201, `${path}: ${status} ${JSON.stringify(body)}`);
  assert.equal(headers.get("warning"), null, path);
}
