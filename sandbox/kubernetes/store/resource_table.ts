/**
 * Which resources are served right now: those that are built in, and those that definitions add.
 * @module
 */

import { FLUNDERS, type Resource, resourceName } from "../../../kube/resource.ts";
import { BUILT_IN_RESOURCES, type ServedResource } from "../discovery/resources.ts";

type Place = Pick<Resource, "group" | "version" | "plural">;

/** See the module. */
export class ResourceTable {
  readonly #byPath = new Map<string, ServedResource>();
  readonly #custom = new Map<string, readonly ServedResource[]>();

  constructor() {
    this.#reset();
  }

  find(place: Place): ServedResource | undefined {
    return this.#byPath.get(pathOf(place));
  }

  /**
   * Whether the server of a path's group knows the group, so that it is this server that refuses what
   * is not in it: built-in groups belong to it in all versions, others come and go with each version.
   */
  isAtHome({ group, version, plural }: Place): boolean {
    if (BUILT_IN_RESOURCES.some((resource) => resource.group === group)) {
      return group !== FLUNDERS.group || version === FLUNDERS.version;
    }
    return this.#byPath.has(pathOf({ group, version, plural }));
  }

  /** @param name as the store knows it: `configmaps`, `deployments.apps` */
  named(name: string): ServedResource | undefined {
    return this.all().find((resource) => resourceName(resource) === name);
  }

  /** In the order of discovery. */
  all(): readonly ServedResource[] {
    return [...this.#byPath.values()];
  }

  /** @param definition the name of the CustomResourceDefinition; none of its versions: it is gone */
  define(definition: string, versions: readonly ServedResource[]): void {
    if (versions.length === 0) this.#custom.delete(definition);
    else this.#custom.set(definition, versions);
    this.#reset();
  }

  #reset(): void {
    this.#byPath.clear();
    for (const resource of [...BUILT_IN_RESOURCES, ...[...this.#custom.values()].flat()]) {
      this.#byPath.set(pathOf(resource), resource);
    }
  }
}

function pathOf({ group, version, plural }: Place): string {
  return `${group}/${version}/${plural}`;
}
