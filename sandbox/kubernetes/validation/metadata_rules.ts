/**
 * Which rules does an object's metadata break?
 * Source: apimachinery, pkg/api/validation/objectmeta.go; the rule for each kind's names as
 * kube-apiserver 1.36 applies it.
 * @module
 */

import type { ObjectMeta } from "../../../kube/object.ts";
import { resourceName } from "../../../kube/resource.ts";
import { complaint, type FieldCause, invalid } from "./field_error.ts";
import {
  byteLength,
  labelNameComplaints,
  labelValueComplaints,
  pathSegmentComplaints,
  qualifiedNameComplaints,
  subdomainNameComplaints,
} from "./names.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import { ownValue } from "../../../core/named_values.ts";

const ANNOTATIONS_BYTES = 256 * 1024;
const CRON_JOB_NAME_BYTES = 52;

/** Of the finalizers that need no domain. */
const STANDARD_FINALIZERS = ["kubernetes", "orphan", "foregroundDeletion"];
/** Groups whose servers do not apply the rules that the core kinds have on top. */
const FOREIGN_GROUPS = ["apiextensions.k8s.io", "wardle.example.com"];

type NameRule = (text: string) => string[];

const NAME_RULES: Readonly<Record<string, NameRule>> = {
  "cronjobs.batch": (text) => subdomainNameComplaints(text, CRON_JOB_NAME_BYTES),
  events: () => [],
  "fischers.wardle.example.com": () => [],
  "flunders.wardle.example.com": () => [],
  namespaces: labelNameComplaints,
  services: labelNameComplaints,
  "statefulsets.apps": labelNameComplaints,
};

interface OwnerReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

/** With what only the server, or only some clients, look at. */
export interface FullMeta extends ObjectMeta {
  readonly generation?: number;
  readonly deletionGracePeriodSeconds?: number;
  readonly managedFields?: readonly unknown[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** What is wrong, in the server's order; a name that was to be generated has been already. */
export function metadataCauses(metadata: FullMeta, resource: ServedResource): FieldCause[] {
  const { labels = {}, annotations = {}, ownerReferences = [], finalizers = [] } = metadata;
  return [
    ...nameCauses(metadata, resource),
    ...generationCauses(metadata),
    ...labelCauses(labels),
    ...annotationCauses(annotations),
    ...ownerCauses(ownerReferences),
    ...finalizerCauses(finalizers, resource),
  ];
}

function nameCauses(
  { name = "", generateName = "" }: FullMeta,
  resource: ServedResource,
): FieldCause[] {
  const rule = nameRuleOf(resource);
  const complaints = (field: string, value: string, said: string[]) =>
    said.map((complaint) => invalid(field, value, complaint));
  return [
    ...complaints(
      "metadata.generateName",
      generateName,
      generateName === "" ? [] : rule(asBeginning(generateName)),
    ),
    ...(name === ""
      ? [complaint("metadata.name", "FieldValueRequired", "name or generateName is required")]
      : complaints("metadata.name", name, rule(name))),
  ];
}

/** What follows makes up for a dash at the end, and, as the server does it, for what is before it. */
function asBeginning(generateName: string): string {
  const hasDash = generateName.length > 1 && generateName.endsWith("-");
  return hasDash ? `${generateName.slice(0, -2)}a` : generateName;
}

function nameRuleOf(resource: ServedResource): NameRule {
  if (resource.group === "rbac.authorization.k8s.io") return pathSegmentComplaints;
  return ownValue(NAME_RULES, resourceName(resource)) ?? ((text) => subdomainNameComplaints(text));
}

function generationCauses({ generation = 0 }: FullMeta): FieldCause[] {
  const detail = "must be greater than or equal to 0";
  return generation < 0 ? [invalid("metadata.generation", generation, detail)] : [];
}

function labelCauses(labels: Readonly<Record<string, string>>): FieldCause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameComplaints(key).map((said) => invalid("metadata.labels", key, said)),
    ...labelValueComplaints(value).map((said) => invalid("metadata.labels", value, said)),
  ]);
}

function annotationCauses(annotations: Readonly<Record<string, string>>): FieldCause[] {
  const field = "metadata.annotations";
  const entries = Object.entries(annotations);
  const sizeBytes = entries.flat().reduce((sum, text) => sum + byteLength(text), 0);
  return [
    ...entries.flatMap(([key]) =>
      qualifiedNameComplaints(key.toLowerCase()).map((said) => invalid(field, key, said))
    ),
    ...(sizeBytes > ANNOTATIONS_BYTES ? [tooLong(field, ANNOTATIONS_BYTES)] : []),
  ];
}

export function tooLong(field: string, maxBytes: number): FieldCause {
  return complaint(field, "FieldValueTooLong", `may not be more than ${maxBytes} bytes`);
}

function ownerCauses(owners: readonly OwnerReference[]): FieldCause[] {
  const field = "metadata.ownerReferences";
  const controllers = owners.filter(({ controller }) => controller === true);
  const [first, ...others] = controllers.map(({ kind, name }) => `${kind}/${name}`);
  return [
    ...owners.flatMap((owner) => ownerCause(owner, field)),
    ...others.map((other) =>
      invalid(
        field,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${other}`,
      )
    ),
  ];
}

function ownerCause(owner: OwnerReference, field: string): FieldCause[] {
  const { apiVersion = "", kind = "", name = "", uid = "" } = owner;
  if (apiVersion === "v1" && kind === "Event") {
    return [invalid(field, owner, "/v1, Kind=Event is disallowed from being an owner")];
  }
  const required = [
    ["apiVersion", apiVersion, "version must not be empty"],
    ["kind", kind, "must not be empty"],
    ["name", name, "must not be empty"],
    ["uid", uid, "must not be empty"],
  ] as const;
  return required.filter(([, value]) => value === "")
    .map(([part, value, detail]) => invalid(`${field}.${part}`, value, detail));
}

function finalizerCauses(finalizers: readonly string[], resource: ServedResource): FieldCause[] {
  const field = "metadata.finalizers";
  const [orphan, foreground] = ["orphan", "foregroundDeletion"];
  const isCore = !isCustom(resource) && !FOREIGN_GROUPS.includes(resource.group);
  return [
    ...finalizers.flatMap((finalizer) =>
      qualifiedNameComplaints(finalizer).map((said) => invalid(field, finalizer, said))
    ),
    ...([orphan!, foreground!].every((finalizer) => finalizers.includes(finalizer))
      ? [invalid(field, finalizers, `finalizer ${orphan} and ${foreground} cannot be both set`)]
      : []),
    ...finalizers.flatMap((finalizer, index) =>
      !isCore || finalizer.includes("/") || STANDARD_FINALIZERS.includes(finalizer) ? [] : [
        invalid(
          `${field}[${index}]`,
          finalizer,
          "name is neither a standard finalizer name nor is it fully qualified",
        ),
      ]
    ),
  ];
}
