/** The flags by which a load is put on by pods of a cluster. @module */

import {
  choice,
  duration,
  flag,
  type FlagKind,
  integer,
  readable,
  text,
  toggle,
  type Values,
} from "../../core/command/flags.ts";
import { NAME, VERSION } from "../../core/version.ts";
import { namespaceName } from "../namespace_flag.ts";
import { parseQuantity } from "../quantity.ts";

/** Of a container: by the name of a resource, as Kubernetes writes it. */
export type PodResources = Readonly<Record<string, string>>;

/** `cpu=250m,memory=192Mi`. @throws {SyntaxError} */
export function parsePodResources(given: string): PodResources {
  const parts = given === "" ? [] : given.split(",");
  return Object.fromEntries(parts.map((part) => {
    const [, name, quantity = ""] = /^([a-z0-9./-]+)=(.+)$/.exec(part) ?? [];
    if (name !== undefined && parseQuantity(quantity) > 0) return [name, quantity];
    throw new SyntaxError(`must be such as cpu=250m,memory=192Mi, not "${given}"`);
  }));
}

const podResources: FlagKind<string> = readable("cpu=n,memory=n", parsePodResources);

export const POD_FLAGS = {
  "in-cluster": flag(toggle, {
    help: "put the load on from pods of the cluster, and collect here what they measure",
    default: false,
  }),
  pods: flag(integer({ min: 1, max: 1_000 }), {
    help: "with --in-cluster: how many share the load",
    default: 1,
  }),
  image: flag(text("image"), {
    help: `with --in-cluster: what the pods run, this version of ${NAME}`,
    default: `${NAME}:${VERSION}`,
  }),
  "pods-namespace": flag(namespaceName(), {
    help: "with --in-cluster: where the pods are; default: the context's, else default",
  }),
  "service-account": flag(text("name"), {
    help:
      "with --in-cluster: who the pods are, with all the rights that they need; default: one that is made, " +
      "with exactly these",
  }),
  "pods-requests": flag(podResources, {
    help: "with --in-cluster: what a node has to have for each pod",
    default: "cpu=250m,memory=192Mi",
  }),
  "pods-limits": flag(podResources, {
    help: "with --in-cluster: what a pod may use; with a limit of cpu it is held up",
    default: "memory=1Gi",
  }),
  "pods-timeout": flag(duration({ minMs: 1_000 }), {
    help: "with --in-cluster: until when all pods have to run",
    default: 120_000,
  }),
  "pods-deadline": flag(duration({ minMs: 1_000 }), {
    help:
      "with --in-cluster: when pods end by themselves whatever happens here; default: after warm-up and " +
      "duration, else after 1h",
  }),
  "lost-pod": flag(choice(["degrade", "replace"]), {
    help: "with --in-cluster: a pod that is lost leaves its share undone, or is replaced once",
    default: "degrade",
  }),
};
export type PodFlags = typeof POD_FLAGS;
export type PodValues = Values<PodFlags>;
