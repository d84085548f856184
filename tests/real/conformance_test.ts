import { SystemClock } from "../../core/load/clock.ts";
import { connectCluster } from "../../kube/connect.ts";
import { resolveTarget, systemWorld } from "../../kube/config/target.ts";
import type { ClusterSession } from "../../kube/connect.ts";
import { testClientNode } from "../conformance/client_node.ts";
import { testConformance } from "../conformance/suite.ts";
import type { Account, Subject } from "../conformance/subject.ts";
import { clusterValues } from "../kube/scripted_world.ts";
import { clusterOfFile, restartApiServer } from "./cluster_state.ts";
import type { TokenUser } from "./users.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });
const clock = new SystemClock();
const USERS: Readonly<Record<Account, TokenUser>> = { admin: "load", nobody: "nobody" };

let session: ClusterSession | undefined;
let client: Deno.HttpClient | undefined;

async function connect(): Promise<ClusterSession> {
  const values = clusterValues({ kubeconfig: plane().kubeconfig("load") });
  return await connectCluster({
    identity: { runId: "conformance", command: "test" },
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
  });
}

Deno.test.beforeAll(async () => {
  if (ignore) return;
  session = await connect();
  client = Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(plane().caFile)] });
});

Deno.test.afterAll(() => {
  session?.[Symbol.dispose]();
  client?.close();
});

const subject: Subject = {
  get cluster() {
    return session!.cluster;
  },
  async ask(path, { method = "GET", body, contentType, accept, as = "admin" } = {}) {
    const response = await fetch(`${plane().server}${path}`, {
      client: client!,
      method,
      headers: {
        authorization: `Bearer ${plane().token(USERS[as])}`,
        accept: accept ?? "application/json",
        "content-type": contentType ?? "application/json",
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  },
  forgetHistory: () => restartApiServer(plane()),
};

testConformance(() => subject, { ignore });

testClientNode(() => ({
  ours: session!.cluster,
  kubeconfig: Deno.readTextFileSync(plane().kubeconfig("load")),
}), { ignore });
