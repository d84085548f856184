/** A server that gives one answer to whatever it is asked. @module */

import type { Cluster, RawRequest } from "../../../kube/cluster.ts";

export function answering(answer: unknown) {
  const asked: { path: string; body: unknown }[] = [];
  const cluster: Pick<Cluster, "request"> = {
    request({ method, path, body = "null" }: RawRequest) {
      asked.push({ path: `${method} ${path}`, body: JSON.parse(body) });
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { cluster, asked };
}
