/**
 * Is this a pod, and as whom does it reach its own cluster? Reads two variables and the files that
 * the kubelet mounts; whether they count is for target.ts to say.
 * Source: client-go, rest/config.go (InClusterConfig) and tools/clientcmd (namespace).
 * @module
 */

import { isIPv6 } from "node:net";
import { CannotRunError } from "../../core/errors.ts";
import { whyUnreadable } from "../kubeconfig/kubeconfig.ts";
import {
  EMPTY_CLUSTER,
  EMPTY_USER,
  type KubeconfigCluster,
  type KubeconfigUser,
} from "../kubeconfig/schema.ts";

const SERVICE_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What a pod sees. */
interface PodPlaces {
  env(name: string): string | undefined;
  readTextFile(path: string): string;
  /** Where the service account is mounted; the kubelet's folder unless given. */
  readonly serviceAccountDir?: string;
}

/** As a kubeconfig would have it. */
interface InCluster {
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
  /** POD_NAMESPACE, else the service account's. */
  readonly namespace: string | undefined;
  /** The files in use. */
  readonly paths: readonly string[];
}

/**
 * The pod's own cluster, or why there is none, as part of a sentence. Without a `ca.crt` the system's
 * authorities count.
 */
export function inCluster(places: PodPlaces): InCluster | { readonly missing: string } {
  const { serviceAccountDir: folder = SERVICE_ACCOUNT_DIR } = places;
  const host = places.env("KUBERNETES_SERVICE_HOST") ?? "";
  const port = places.env("KUBERNETES_SERVICE_PORT") ?? "";
  if (host === "" || port === "") {
    return { missing: "this is no pod (KUBERNETES_SERVICE_HOST and _PORT are not set)" };
  }
  const tokenFile = `${folder}/token`;
  try {
    places.readTextFile(tokenFile);
  } catch (error) {
    const why = whyUnreadable(error);
    return { missing: `this pod has no service account token ("${tokenFile}": ${why})` };
  }
  const caFile = `${folder}/ca.crt`;
  const hasCa = read(caFile, places) !== undefined;
  const authority = isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
  return {
    cluster: {
      ...EMPTY_CLUSTER,
      server: `https://${authority}`,
      "certificate-authority": hasCa ? caFile : undefined,
    },
    user: { ...EMPTY_USER, tokenFile },
    namespace: podNamespace(places),
    paths: hasCa ? [tokenFile, caFile] : [tokenFile],
  };
}

/** The namespace of this pod; undefined outside of one. */
export function podNamespace(places: PodPlaces): string | undefined {
  const { serviceAccountDir: folder = SERVICE_ACCOUNT_DIR } = places;
  return places.env("POD_NAMESPACE") || read(`${folder}/namespace`, places)?.trim() || undefined;
}

function read(path: string, { readTextFile }: PodPlaces): string | undefined {
  try {
    return readTextFile(path);
  } catch {
    return undefined;
  }
}

/** That there is no cluster: what was looked for, and the three ways to name one. */
export function noClusterError(
  { lookedFor, missing, fromVariable }: {
    /** kubeconfig paths. */
    lookedFor: readonly string[];
    /** Why it is not the pod's own. */
    missing: string;
    /** Whether KUBECONFIG names the paths. */
    fromVariable: boolean;
  },
): CannotRunError {
  const files = lookedFor.map((path) => `"${path}"`).join(", ");
  const sought = lookedFor.length === 0
    ? "there is no home folder for a .kube/config"
    : `there is no kubeconfig with a cluster at ${files}${fromVariable ? " (KUBECONFIG)" : ""}`;
  return new CannotRunError(
    `Cannot find a cluster: ${sought}, and ${missing}; ` +
      "give --kubeconfig FILE, set KUBECONFIG or give --server URL",
  );
}
