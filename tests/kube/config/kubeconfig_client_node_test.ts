/**
 * One kubeconfig, three readers: kubectl, the ecosystem's JavaScript client and ours. Where they
 * differ kubectl is right, and the table says which of the others is not.
 * @module
 */

import assert from "node:assert/strict";
import process from "node:process";
import { KubeConfig } from "@kubernetes/client-node";
import { CannotRunError } from "../../../core/errors.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import { resolveTarget, systemWorld } from "../../../kube/config/target.ts";
import { hasPeer, TempDir } from "../../support/scaletool.ts";
import { clusterValues } from "../scripted_world.ts";

/** What a reader sends to which server as whom; or that it refuses the files. */
interface Sent {
  readonly server: string | undefined;
  readonly token: string;
}
type Reading = Sent | "refused";

const config = (
  { context = "c", name = "x", token = "t", cluster = "server: https://127.0.0.1:1" },
) => `
apiVersion: v1
kind: Config
current-context: ${context}
clusters: [{name: ${name}, cluster: {${cluster}}}]
users: [{name: ${name}, user: {token: ${token}}}]
contexts: [{name: ${context}, context: {cluster: ${name}, user: ${name}}}]
`;

const FILES = {
  one: config({ token: "one" }),
  two: config({ context: "d", name: "x", token: "two" }),
  documents: config({ token: "one" }) + "---" + config({ context: "d", token: "two" }),
  number: config({ token: "0123" }),
  path: config({ cluster: 'server: "https://127.0.0.1:1/k8s/clusters/c-1/"' }),
} as const;

interface Case {
  readonly what: string;
  readonly list: readonly (keyof typeof FILES | "missing")[];
  /** As kubectl has it, and so do we. */
  readonly right: Reading;
  /** As client-node 1.4.0 has it, where that differs. */
  readonly clientNode?: Reading;
}

const at = (token: string, server: string | undefined = "https://127.0.0.1:1"): Sent => ({
  server,
  token,
});

const CASES: readonly Case[] = [
  { what: "one file", list: ["one"], right: at("one") },
  {
    what: "a name in two files: the first one counts",
    list: ["one", "two"],
    right: at("one"),
    clientNode: "refused",
  },
  {
    what: "a file that is missing is passed over",
    list: ["missing", "one"],
    right: at("one"),
    clientNode: "refused",
  },
  {
    what: "of two documents the first counts",
    list: ["documents"],
    right: at("one"),
    clientNode: "refused",
  },
  {
    what: "a token that is a number is refused, and never another token",
    list: ["number"],
    right: "refused",
    clientNode: at("123"),
  },
  {
    what: "a server below a path, whose last slash says nothing",
    list: ["path"],
    right: at("t", "https://127.0.0.1:1/k8s/clusters/c-1"),
  },
];

async function ours(KUBECONFIG: string): Promise<Reading> {
  try {
    const world = systemWorld(new SystemClock());
    const env = (name: string) => name === "KUBECONFIG" ? KUBECONFIG : undefined;
    const { server, credentials } = resolveTarget(clusterValues(), { ...world, env });
    const { authorization } = await credentials.current();
    return at(authorization!.replace("Bearer ", ""), server);
  } catch (error) {
    assert.ok(error instanceof CannotRunError, String(error));
    return "refused";
  }
}

function clientNode(KUBECONFIG: string): Reading {
  const before = process.env["KUBECONFIG"];
  process.env["KUBECONFIG"] = KUBECONFIG;
  try {
    const config = new KubeConfig();
    config.loadFromDefault();
    return at(String(config.getCurrentUser()?.token), config.getCurrentCluster()?.server);
  } catch {
    return "refused";
  } finally {
    if (before === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = before;
  }
}

async function kubectl(KUBECONFIG: string): Promise<Reading> {
  const { success, stdout } = await new Deno.Command("kubectl", {
    args: ["config", "view", "--raw", "--minify", "-o", "json"],
    env: { KUBECONFIG },
  }).output();
  if (!success) return "refused";
  const { clusters: [{ cluster }], users: [{ user }] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return at(user.token, cluster.server.replace(/\/$/, ""));
}

for (const { what, list, right, clientNode: theirs = right } of CASES) {
  Deno.test(`a kubeconfig as kubectl, client-node and we read it: ${what}`, async () => {
    await using folder = new TempDir();
    for (const [name, text] of Object.entries(FILES)) {
      Deno.writeTextFileSync(folder.file(name), text);
    }
    const KUBECONFIG = list.map((name) => folder.file(name)).join(":");
    if (hasPeer("kubectl")) assert.deepEqual(await kubectl(KUBECONFIG), right, "kubectl");
    assert.deepEqual(await ours(KUBECONFIG), right, "ours");
    assert.deepEqual(clientNode(KUBECONFIG), theirs, "client-node");
  });
}
