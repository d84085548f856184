/**
 * Which fields have the messages that kubectl sends in Protobuf: those of the kinds that `kubectl
 * create` makes from its flags, and of access reviews.
 * Source: generated.proto of k8s.io/api and k8s.io/apimachinery 1.36.
 * @module
 */

/**
 * How a field is written. What Go writes although it is empty is left out, as in JSON; a `pointer...`
 * is only written when it is set.
 */
export type FieldType =
  | "text"
  | "texts"
  | "bytes"
  | "number"
  | "pointerNumber"
  | "boolean"
  | "pointerBoolean"
  | "time"
  | "quantity"
  | "intOrString"
  | { readonly map: FieldType }
  | { readonly each: Message }
  | { readonly one: Message };

/** Fields by their numbers. */
export type Message = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

const TEXT_MAP = { map: "text" } as const;
const QUANTITIES = { map: "quantity" } as const;

const META: Message = {
  1: ["name", "text"],
  2: ["generateName", "text"],
  3: ["namespace", "text"],
  4: ["selfLink", "text"],
  5: ["uid", "text"],
  6: ["resourceVersion", "text"],
  7: ["generation", "number"],
  8: ["creationTimestamp", "time"],
  9: ["deletionTimestamp", "time"],
  11: ["labels", TEXT_MAP],
  12: ["annotations", TEXT_MAP],
  14: ["finalizers", "texts"],
};
const SELECTOR: Message = { 1: ["matchLabels", TEXT_MAP] };
const CONTAINER: Message = {
  1: ["name", "text"],
  2: ["image", "text"],
  3: ["command", "texts"],
  4: ["args", "texts"],
  5: ["workingDir", "text"],
  6: ["ports", {
    each: {
      1: ["name", "text"],
      2: ["hostPort", "number"],
      3: ["containerPort", "number"],
      4: ["protocol", "text"],
      5: ["hostIP", "text"],
    },
  }],
  7: ["env", { each: { 1: ["name", "text"], 2: ["value", "text"] } }],
  8: ["resources", { one: { 1: ["limits", QUANTITIES], 2: ["requests", QUANTITIES] } }],
  13: ["terminationMessagePath", "text"],
  14: ["imagePullPolicy", "text"],
  16: ["stdin", "boolean"],
  17: ["stdinOnce", "boolean"],
  18: ["tty", "boolean"],
  20: ["terminationMessagePolicy", "text"],
};
const POD_SPEC: Message = {
  2: ["containers", { each: CONTAINER }],
  3: ["restartPolicy", "text"],
  4: ["terminationGracePeriodSeconds", "pointerNumber"],
  5: ["activeDeadlineSeconds", "pointerNumber"],
  6: ["dnsPolicy", "text"],
  7: ["nodeSelector", TEXT_MAP],
  8: ["serviceAccountName", "text"],
  9: ["serviceAccount", "text"],
  10: ["nodeName", "text"],
  11: ["hostNetwork", "boolean"],
  12: ["hostPID", "boolean"],
  13: ["hostIPC", "boolean"],
  16: ["hostname", "text"],
  17: ["subdomain", "text"],
  19: ["schedulerName", "text"],
  20: ["initContainers", { each: CONTAINER }],
  21: ["automountServiceAccountToken", "pointerBoolean"],
  24: ["priorityClassName", "text"],
};
const TEMPLATE: Message = { 1: ["metadata", { one: META }], 2: ["spec", { one: POD_SPEC }] };
const JOB_SPEC: Message = {
  1: ["parallelism", "pointerNumber"],
  2: ["completions", "pointerNumber"],
  3: ["activeDeadlineSeconds", "pointerNumber"],
  4: ["selector", { one: SELECTOR }],
  5: ["manualSelector", "pointerBoolean"],
  6: ["template", { one: TEMPLATE }],
  7: ["backoffLimit", "pointerNumber"],
  8: ["ttlSecondsAfterFinished", "pointerNumber"],
  10: ["suspend", "pointerBoolean"],
};
const RULE: Message = {
  1: ["verbs", "texts"],
  2: ["apiGroups", "texts"],
  3: ["resources", "texts"],
  4: ["resourceNames", "texts"],
  5: ["nonResourceURLs", "texts"],
};
const BINDING: Message = {
  1: ["metadata", { one: META }],
  2: ["subjects", {
    each: {
      1: ["kind", "text"],
      2: ["apiGroup", "text"],
      3: ["name", "text"],
      4: ["namespace", "text"],
    },
  }],
  3: ["roleRef", { one: { 1: ["apiGroup", "text"], 2: ["kind", "text"], 3: ["name", "text"] } }],
};
const QUESTION: Message = {
  1: ["resourceAttributes", {
    one: {
      1: ["namespace", "text"],
      2: ["verb", "text"],
      3: ["group", "text"],
      4: ["version", "text"],
      5: ["resource", "text"],
      6: ["subresource", "text"],
      7: ["name", "text"],
    },
  }],
  2: ["nonResourceAttributes", { one: { 1: ["path", "text"], 2: ["verb", "text"] } }],
};

/** Metadata and spec; what a client says of status does not count. */
function withSpec(spec: Message): Message {
  return { 1: ["metadata", { one: META }], 2: ["spec", { one: spec }], 3: ["status", { one: {} }] };
}

/** By kind. */
export const MESSAGES: Readonly<Record<string, Message>> = {
  Namespace: withSpec({ 1: ["finalizers", "texts"] }),
  ConfigMap: {
    1: ["metadata", { one: META }],
    2: ["data", TEXT_MAP],
    3: ["binaryData", { map: "bytes" }],
    4: ["immutable", "pointerBoolean"],
  },
  Secret: {
    1: ["metadata", { one: META }],
    2: ["data", { map: "bytes" }],
    3: ["type", "text"],
    4: ["stringData", TEXT_MAP],
    5: ["immutable", "pointerBoolean"],
  },
  ServiceAccount: {
    1: ["metadata", { one: META }],
    4: ["automountServiceAccountToken", "pointerBoolean"],
  },
  ResourceQuota: withSpec({ 1: ["hard", QUANTITIES], 2: ["scopes", "texts"] }),
  Service: withSpec({
    1: ["ports", {
      each: {
        1: ["name", "text"],
        2: ["protocol", "text"],
        3: ["port", "number"],
        4: ["targetPort", "intOrString"],
        5: ["nodePort", "number"],
      },
    }],
    2: ["selector", TEXT_MAP],
    3: ["clusterIP", "text"],
    4: ["type", "text"],
    7: ["sessionAffinity", "text"],
    8: ["loadBalancerIP", "text"],
    10: ["externalName", "text"],
    11: ["externalTrafficPolicy", "text"],
    12: ["healthCheckNodePort", "number"],
    13: ["publishNotReadyAddresses", "boolean"],
  }),
  Pod: withSpec(POD_SPEC),
  Deployment: withSpec({
    1: ["replicas", "pointerNumber"],
    2: ["selector", { one: SELECTOR }],
    3: ["template", { one: TEMPLATE }],
    4: ["strategy", { one: { 1: ["type", "text"] } }],
    5: ["minReadySeconds", "number"],
    6: ["revisionHistoryLimit", "pointerNumber"],
    7: ["paused", "boolean"],
  }),
  Job: withSpec(JOB_SPEC),
  CronJob: withSpec({
    1: ["schedule", "text"],
    2: ["startingDeadlineSeconds", "pointerNumber"],
    3: ["concurrencyPolicy", "text"],
    4: ["suspend", "pointerBoolean"],
    5: ["jobTemplate", {
      one: { 1: ["metadata", { one: META }], 2: ["spec", { one: JOB_SPEC }] },
    }],
    6: ["successfulJobsHistoryLimit", "pointerNumber"],
    7: ["failedJobsHistoryLimit", "pointerNumber"],
  }),
  Role: { 1: ["metadata", { one: META }], 2: ["rules", { each: RULE }] },
  ClusterRole: { 1: ["metadata", { one: META }], 2: ["rules", { each: RULE }] },
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  SelfSubjectReview: {
    1: ["metadata", { one: META }],
    2: ["status", { one: { 1: ["userInfo", { one: {} }] } }],
  },
  SelfSubjectAccessReview: withSpec(QUESTION),
  SubjectAccessReview: withSpec({
    ...QUESTION,
    3: ["user", "text"],
    4: ["groups", "texts"],
    6: ["uid", "text"],
  }),
  LocalSubjectAccessReview: withSpec({ ...QUESTION, 3: ["user", "text"], 4: ["groups", "texts"] }),
};
