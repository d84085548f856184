/**
 * What `fetch` would get of the registries that backups went to: the manifest of what was pushed there, by
 * the OCI distribution specification (1.1, "Pulling manifests"), and nothing else.
 * @module
 */

import type { Fetch } from "../../core/net/http_channel.ts";
import { BACKUP_ARTIFACT_TYPE } from "../../kube/devworkspace/words.ts";
import type { Registry } from "./registry.ts";

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

export function registryFetch(registry: Pick<Registry, "has">): Fetch {
  return (url) => {
    const { host, pathname } = new URL(url);
    const [, repository, tag] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(pathname) ?? [];
    const isThere = registry.has(`${host}/${repository}:${tag}`);
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType: BACKUP_ARTIFACT_TYPE,
    };
    return Promise.resolve(
      isThere
        ? Response.json(manifest, { headers: { "content-type": MANIFEST_TYPE } })
        : Response.json({ errors: [{ code: "MANIFEST_UNKNOWN" }] }, { status: 404 }),
    );
  };
}
