/**
 * How does a run log in through a credential plugin? A kubeconfig whose plugin is a shell script that
 * answers with a file and counts its calls, both in the run's own folder.
 * Source: client-go, API group client.authentication.k8s.io/v1.
 * @module
 */

import { parse, stringify } from "yaml";
import type { ControlPlane } from "./control_plane.ts";
import { kubeconfigFor } from "./service_account.ts";

const API_VERSION = "client.authentication.k8s.io/v1";
/** What the plugin answers, beside the kubeconfig. */
export const ANSWER_FILE = "answer.json";
/** One line for each call. */
export const CALLS_FILE = "calls";

export function pluginKubeconfig(plane: ControlPlane): string {
  const config = parse(kubeconfigFor(plane, "none"));
  config.users[0].user = {
    exec: {
      apiVersion: API_VERSION,
      command: "sh",
      args: ["-c", `echo >> ${CALLS_FILE}; cat ${ANSWER_FILE}`],
      interactiveMode: "Never",
    },
  };
  return stringify(config);
}

/** @param credential `expires`: when the plugin says that the token ends; absent: never */
export function pluginAnswer({ token, expires }: { token: string; expires?: Date }): string {
  const expirationTimestamp = expires?.toISOString();
  return JSON.stringify({
    apiVersion: API_VERSION,
    kind: "ExecCredential",
    status: { token, expirationTimestamp },
  });
}
