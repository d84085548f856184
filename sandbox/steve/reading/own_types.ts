/**
 * Which types are Steve's own and no cluster's, and can they be watched?
 * Source: rancher/apiserver v0.10.0, pkg/builtin/schema.go; as seen on Steve v0.10.2.
 * @module
 */

/** `silent`: a watch begins and, here, tells nothing. */
type OwnType = "unwatched" | "silent";

const OWN_TYPES: Readonly<Record<string, OwnType>> = {
  subscribe: "unwatched",
  error: "unwatched",
  errors: "unwatched",
  collection: "unwatched",
  collections: "unwatched",
  schema: "silent",
  schemas: "silent",
  apiroot: "silent",
  apiroots: "silent",
};

/** @returns undefined for the name of any other type */
export function ownTypeOf(name: string): OwnType | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(OWN_TYPES, key) ? OWN_TYPES[key] : undefined;
}
