/**
 * How does a cluster learn the kinds of the Gateway API? The custom resource definitions come out of
 * Go modules, as published. Changes none that is there.
 * @module
 */

import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { CannotRunError } from "../../../core/errors.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import { until } from "../../../core/load/until.ts";
import { sourcesOf } from "../go_command.ts";
import type { GatewayPlane } from "./plane.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const POLL_MS = 50;
const TIMEOUT_MS = 120_000;

/** The parts of a CustomResourceDefinition that matter here. */
export interface Definition {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Aggregated discovery, as far as it is looked at. */
interface Discovery {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly { readonly resource: string }[];
    }[];
  }[];
}

/**
 * Installs the Gateway API v1.5.1, standard channel, and these definitions; see
 * {@link ensureDefinitions}.
 * @throws {CannotRunError} if the definitions cannot be had
 */
export async function installDefinitions(
  plane: GatewayPlane,
  { others, signal }: { others: readonly Definition[]; signal: AbortSignal | undefined },
): Promise<void> {
  const definitions = [...(await gatewayApiFiles()).flatMap(definitionsIn), ...others];
  await ensureDefinitions(plane, { definitions, signal });
}

/**
 * Installs those that are missing. Resolves when discovery names all: a new kind answers before that,
 * and a controller that starts in between asks discovery and gives up.
 * @throws {CannotRunError} if it does not name them
 */
export async function ensureDefinitions(
  plane: Pick<GatewayPlane, "admin">,
  { definitions, signal }: {
    definitions: readonly Definition[];
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { items } = await plane.admin<{ items: Definition[] }>(DEFINITIONS);
  const there = new Set(items.map(({ metadata }) => metadata.name));
  await Promise.all(
    definitions.filter(({ metadata }) => !there.has(metadata.name))
      .map((body) => plane.admin(DEFINITIONS, { method: "POST", body })),
  );
  const wanted = definitions.flatMap(servedNames);
  await until(new SystemClock(), async () => {
    const named = await discoveredNames(plane);
    return wanted.every((name) => named.has(name)) ? true : undefined;
  }, {
    pollMs: POLL_MS,
    timeoutMs: TIMEOUT_MS,
    signal,
    late: () => {
      throw new CannotRunError("Cannot use custom kinds: discovery does not name them");
    },
  });
}

async function gatewayApiFiles(): Promise<string[]> {
  const sources = await sourcesOf("sigs.k8s.io/gateway-api", "gateway-api");
  const dir = join(sources, "config/crd/standard");
  return [...Deno.readDirSync(dir)].map(({ name }) => join(dir, name))
    .filter((path) => path.endsWith(".yaml")).sort();
}

/** Those among the objects of a YAML file. */
export function definitionsIn(file: string): Definition[] {
  return parseAllDocuments(Deno.readTextFileSync(file))
    .map((document) => document.toJS() as Definition | null)
    .filter((object) => object?.kind === "CustomResourceDefinition") as Definition[];
}

/** As `group/version/resources`. */
function servedNames({ spec }: Definition): string[] {
  return spec.versions.filter(({ served }) => served)
    .map(({ name }) => `${spec.group}/${name}/${spec.names.plural}`);
}

async function discoveredNames(plane: Pick<GatewayPlane, "admin">): Promise<Set<string>> {
  const { items } = await plane.admin<Discovery>("/apis", {
    accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  });
  return new Set(
    items.flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources = [] }) =>
        resources.map(({ resource }) => `${metadata.name}/${version}/${resource}`)
      )
    ),
  );
}
