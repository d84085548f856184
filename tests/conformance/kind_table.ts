/**
 * One object of each built-in kind that commands use: what is written, and what is kept of it.
 * @module
 */

export const TEMPLATE = {
  metadata: { labels: { a: "b" } },
  spec: { containers: [{ name: "c", image: "i" }] },
};
const FULL_POD = {
  containers: [{
    name: "c",
    image: "i",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: "Always",
  }],
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  securityContext: {},
  schedulerName: "default-scheduler",
};
const FULL_TEMPLATE = { ...TEMPLATE, spec: FULL_POD };
export const SELECTOR = { matchLabels: { a: "b" } };
const APPS = "/apis/apps/v1/namespaces/NS";
const CORE = "/api/v1/namespaces/NS";
const RBAC = "rbac.authorization.k8s.io";

export interface Kind {
  readonly kind: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** All but type and metadata. */
  readonly expects: unknown;
  readonly generation?: 1;
}

export const KINDS: readonly Kind[] = [
  {
    kind: "Secret",
    path: `${CORE}/secrets`,
    body: { stringData: { a: "b" }, data: { c: "ZA==" } },
    expects: { type: "Opaque", data: { a: "Yg==", c: "ZA==" } },
  },
  { kind: "ServiceAccount", path: `${CORE}/serviceaccounts`, body: {}, expects: {} },
  {
    kind: "Endpoints",
    path: `${CORE}/endpoints`,
    body: { subsets: [{ addresses: [{ ip: "10.1.1.1" }], ports: [{ port: 80 }] }] },
    expects: {
      subsets: [{ addresses: [{ ip: "10.1.1.1" }], ports: [{ port: 80, protocol: "TCP" }] }],
    },
  },
  {
    kind: "Event",
    path: `${CORE}/events`,
    body: {
      involvedObject: { kind: "Pod", namespace: "NS", name: "x" },
      reason: "r",
      message: "m",
    },
    expects: {
      involvedObject: { kind: "Pod", namespace: "NS", name: "x" },
      reason: "r",
      message: "m",
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: "",
      reportingInstance: "",
    },
  },
  {
    kind: "Deployment",
    path: `${APPS}/deployments`,
    body: { spec: { selector: SELECTOR, template: TEMPLATE } },
    generation: 1,
    expects: {
      spec: {
        replicas: 1,
        selector: SELECTOR,
        template: FULL_TEMPLATE,
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" },
        },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
      status: {},
    },
  },
  {
    kind: "ReplicaSet",
    path: `${APPS}/replicasets`,
    body: { spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE } },
    generation: 1,
    expects: {
      spec: { replicas: 0, selector: SELECTOR, template: FULL_TEMPLATE },
      status: { replicas: 0 },
    },
  },
  {
    kind: "StatefulSet",
    path: `${APPS}/statefulsets`,
    body: { spec: { replicas: 0, serviceName: "x", selector: SELECTOR, template: TEMPLATE } },
    generation: 1,
    expects: {
      spec: {
        replicas: 0,
        selector: SELECTOR,
        template: FULL_TEMPLATE,
        serviceName: "x",
        podManagementPolicy: "OrderedReady",
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      },
      status: { replicas: 0, availableReplicas: 0 },
    },
  },
  {
    kind: "DaemonSet",
    path: `${APPS}/daemonsets`,
    body: { spec: { selector: SELECTOR, template: TEMPLATE } },
    generation: 1,
    expects: {
      spec: {
        selector: SELECTOR,
        template: FULL_TEMPLATE,
        updateStrategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
        },
        revisionHistoryLimit: 10,
      },
      status: {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      },
    },
  },
  {
    kind: "CronJob",
    path: "/apis/batch/v1/namespaces/NS/cronjobs",
    body: {
      spec: {
        schedule: "0 0 1 1 *",
        jobTemplate: {
          spec: {
            template: {
              spec: { restartPolicy: "Never", containers: [{ name: "c", image: "h:5/i:1" }] },
            },
          },
        },
      },
    },
    generation: 1,
    expects: {
      spec: {
        schedule: "0 0 1 1 *",
        concurrencyPolicy: "Allow",
        suspend: false,
        jobTemplate: {
          metadata: {},
          spec: {
            template: {
              metadata: {},
              spec: {
                ...FULL_POD,
                restartPolicy: "Never",
                containers: [{
                  ...FULL_POD.containers[0],
                  image: "h:5/i:1",
                  imagePullPolicy: "IfNotPresent",
                }],
              },
            },
          },
        },
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      },
      status: {},
    },
  },
  {
    kind: "Lease",
    path: "/apis/coordination.k8s.io/v1/namespaces/NS/leases",
    body: { spec: { holderIdentity: "x" } },
    expects: { spec: { holderIdentity: "x" } },
  },
  {
    kind: "EndpointSlice",
    path: "/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices",
    body: { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], ports: [{ port: 80 }] },
    generation: 1,
    expects: {
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"], conditions: {} }],
      ports: [{ name: "", protocol: "TCP", port: 80 }],
    },
  },
  {
    kind: "Role",
    path: `/apis/${RBAC}/v1/namespaces/NS/roles`,
    body: {},
    expects: { rules: null },
  },
  {
    kind: "RoleBinding",
    path: `/apis/${RBAC}/v1/namespaces/NS/rolebindings`,
    body: {
      roleRef: { apiGroup: RBAC, kind: "Role", name: "r" },
      subjects: [{ kind: "User", name: "u" }, { kind: "ServiceAccount", name: "s" }],
    },
    expects: {
      roleRef: { apiGroup: RBAC, kind: "Role", name: "r" },
      subjects: [{ kind: "User", apiGroup: RBAC, name: "u" }, {
        kind: "ServiceAccount",
        name: "s",
      }],
    },
  },
];
