/** One question to the sandbox that a command was pointed at. @module */

import { parse } from "yaml";

/** @param kubeconfig a file */
export async function ask(
  kubeconfig: string,
  path: string,
): Promise<{ status: number; body: unknown }> {
  const { clusters, users } = parse(Deno.readTextFileSync(kubeconfig));
  const { server, "certificate-authority-data": ca } = clusters[0].cluster;
  using client = Deno.createHttpClient({ caCerts: [atob(ca)] });
  const headers = { authorization: `Bearer ${users[0].user.token}` };
  const answer = await fetch(server + path, { client, headers });
  return { status: answer.status, body: await answer.json() };
}
