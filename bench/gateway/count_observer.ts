/**
 * `count_observer.ts KUBECONFIG NAMESPACE NAME`: watches a Gateway with nothing but fetch, prints a line
 * when the watch is open, and on SIGTERM each count of attached routes that it was told, and when.
 * @module
 */

import { parse } from "yaml";
import type { TimedCount } from "./resolution_probe.ts";

interface WatchLine {
  readonly object: {
    readonly status?: { readonly listeners?: readonly { readonly attachedRoutes: number }[] };
  };
}

function printLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function open(kubeconfig: string, namespace: string, name: string): Promise<Response> {
  const { clusters: [{ cluster }], users: [{ user }] } = parse(Deno.readTextFileSync(kubeconfig));
  const ca = atob(cluster["certificate-authority-data"]);
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/gateways`;
  return await fetch(`${cluster.server}${path}?watch=true&fieldSelector=metadata.name%3D${name}`, {
    headers: { authorization: `Bearer ${user.token}` },
    client: Deno.createHttpClient({ caCerts: [ca] }),
  });
}

if (import.meta.main) {
  const [kubeconfig = "", namespace = "", name = ""] = Deno.args;
  const counts: TimedCount[] = [];
  Deno.addSignalListener("SIGTERM", () => {
    printLine(JSON.stringify(counts));
    Deno.exit(0);
  });
  const { body } = await open(kubeconfig, namespace, name);
  printLine("watching");
  let rest = "";
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    const atMs = performance.timeOrigin + performance.now();
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const { object: { status } }: WatchLine = JSON.parse(line);
      const count = status?.listeners?.[0]?.attachedRoutes;
      if (count !== undefined) counts.push({ count, atMs });
    }
  }
}
