/**
 * Is the backup of a workspace in its registry, as far as the registry tells? A port, and what a
 * manifest says. Asks nobody.
 * Source: OCI image specification 1.1, manifest.md; devfile/devworkspace-operator,
 * project-backup/workspace-recovery.sh.
 * @module
 */

import { parsedJson } from "../../../../core/parsed_json.ts";
import { BACKUP_ARTIFACT_TYPE } from "../../../../kube/devworkspace/words.ts";
import { fieldsOf, textOf } from "../../../../kube/fields.ts";

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

export type ArtifactState =
  | { readonly kind: "found" }
  | { readonly kind: "missing" }
  /** Something else is there; `type` is empty if it does not say what. */
  | { readonly kind: "other"; readonly type: string }
  /** The registry cannot be asked from here, which says nothing of what is in it. */
  | { readonly kind: "unknown"; readonly why: string };

export interface ArtifactRegistry {
  /**
   * @param image `HOST/REPOSITORY:TAG`
   * @throws the signal's reason, and nothing else
   */
  look(image: string, signal: AbortSignal): Promise<ArtifactState>;
}

/** What a manifest is of; before OCI 1.1 the media type of its config said that. */
export function artifactOf(manifest: string): ArtifactState {
  const { artifactType, config } = fieldsOf(parsedJson(manifest));
  const type = textOf(artifactType) ?? textOf(fieldsOf(config)["mediaType"]) ?? "";
  return type === BACKUP_ARTIFACT_TYPE ? { kind: "found" } : { kind: "other", type };
}
