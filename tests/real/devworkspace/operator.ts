/**
 * With which command line and environment does the DevWorkspace Operator run? It listens on 127.0.0.1
 * only. Starts nothing.
 * @module
 */

import type { Component } from "../components.ts";

export type OperatorName = "devworkspace-operator";

/** As the operator's own manifests have them. */
export const OPERATOR = {
  namespace: "devworkspace-controller",
  account: "devworkspace-controller-serviceaccount",
  /** The DevWorkspaceOperatorConfig that counts for all workspaces. */
  config: "devworkspace-operator-config",
} as const;

/** How many ports {@link OperatorSite.ports} needs. */
export const OPERATOR_PORT_COUNT = 2;

export interface OperatorSite {
  readonly program: string;
  readonly kubeconfig: string;
  readonly ports: readonly number[];
}

const HOST = "127.0.0.1";
/** What it puts into pods; nobody pulls them. */
const IMAGES = [
  "project_clone",
  "project_backup",
  "pvc_cleanup_job",
  "async_storage_server",
  "async_storage_sidecar",
];

export function operatorOf({ program, kubeconfig, ports }: OperatorSite): Component<OperatorName> {
  const [, healthPort] = ports;
  const env = {
    WATCH_NAMESPACE: OPERATOR.namespace,
    CONTROLLER_SERVICE_ACCOUNT_NAME: OPERATOR.account,
    MAX_CONCURRENT_RECONCILES: "5",
    // Schedules are read in its time zone.
    TZ: "UTC",
    ...Object.fromEntries(
      IMAGES.map((name) => [`RELATED_IMAGE_${name}`, `registry.test/${name}:v0.42.0`]),
    ),
  };
  return {
    name: "devworkspace-operator",
    command: "env",
    args: [
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      program,
      `--kubeconfig=${kubeconfig}`,
      `--metrics-addr=${new URL(metricsUrlOf(ports)).host}`,
      `--health-addr=${HOST}:${healthPort}`,
    ],
    healthUrl: `http://${HOST}:${healthPort}/readyz`,
  };
}

/** Prometheus text about its reconciles, its requests and the Go runtime. */
export function metricsUrlOf([port]: readonly number[]): string {
  return `http://${HOST}:${port}/metrics`;
}
