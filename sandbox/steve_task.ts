/**
 * The thread of a sandbox with a Steve: the stand-in for the Kubernetes API, and in front of it the
 * one for Steve, from the start to the stop of the thread's run.
 * @module
 */

import type { WorkerTask } from "../core/run/worker.ts";
import { type SandboxAddress, startApi } from "./sandbox_task.ts";
import { startServer } from "./server.ts";
import { parseSteveFault } from "./steve/faults/fault_spec.ts";
import { startSteveServer } from "./steve/server.ts";
import type { SteveAccount } from "./steve/steve.ts";

/** Plain data: it comes from the main thread. */
export interface SteveSandboxOptions {
  /** Of both servers: as a session of Steve it is good without a login. */
  readonly token: string;
  /** As they were given. */
  readonly faults: readonly string[];
}

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };
const USER = "sandbox";
/** Each event keeps its object, and those of this load have a megabyte. */
const KEPT_EVENTS = 50;

/** Publishes a {@link SandboxAddress} of both; resolves with a {@link SteveAccount}. */
export const steveSandboxTask: WorkerTask = async (
  run,
  options,
  channel,
): Promise<SteveAccount> => {
  const { token, faults } = options as SteveSandboxOptions;
  const { clock, rng, stopping } = run;
  const kube = await startServer({
    listen: LOOPBACK,
    token,
    faults: [],
    clock,
    rng,
    onInterrupted: (message) => channel.say(`WARNING: ${message}`),
    createApi: (at) =>
      startApi({
        ...at,
        clock,
        rng: rng.fork("api"),
        namespaces: [],
        historyLimit: KEPT_EVENTS,
      }),
  });
  const steve = await startSteveServer({
    listen: LOOPBACK,
    tls: true,
    kube: { handler: kube.handler, answer: kube.answer, token },
    clock,
    rng: rng.fork("steve"),
    login: { username: USER, password: token, token },
    rancher: {},
    onInterrupted: (message) => channel.say(`WARNING: ${message}`),
    faults: faults.map(parseSteveFault),
  });
  const { url, caPem = "" } = steve;
  channel.publish({ url: `${url}/sandbox`, caPem } satisfies SandboxAddress);
  await clock.sleepUntil(Infinity, stopping);
  const { account } = steve;
  await steve.close();
  await kube.close();
  return account;
};
