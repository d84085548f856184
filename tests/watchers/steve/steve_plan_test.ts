import assert from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import type { Invocation } from "../../../core/command/command.ts";
import { parseCommandLine } from "../../../core/command/command_line.ts";
import { PODS } from "../../../kube/resource.ts";
import { FOO_TYPE } from "../../../watchers/steve/load/objects.ts";
import type { SteveWatchFlags } from "../../../watchers/steve/flags.ts";
import {
  planSections,
  steveModel,
  steveNeeds,
  stevePlan,
} from "../../../watchers/steve/steve_plan.ts";
import { steveWatchCommand } from "../../../watchers/mod.ts";

/** The plan of a command line, in this environment. */
async function planOf(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const request = await parseCommandLine([steveWatchCommand], {
    args: ["steve-watch", ...args],
    env: (name) => env[name],
    readTextFile: () => "",
  });
  assert.ok(request.kind === "run");
  const { values, shown } = request.settings;
  return stevePlan({ values, shown } as unknown as Invocation<SteveWatchFlags>);
}

Deno.test("without flags it is the original's test", async () => {
  const plan = await planOf([]);
  assert.equal(
    steveModel(plan),
    "2000 watchers at 200/s of configmaps, secrets, example.com.foos; " +
      "open, constant:10/s cycles of 3 objects",
  );
  assert.deepEqual(
    plan.subscriptions,
    ["configmaps", "secrets", FOO_TYPE].map((type) => ({
      type,
      mode: "resource.changes",
      debounceMs: 4_000,
    })),
  );
  assert.deepEqual(plan.walSource, { kind: "exec" });
  assert.equal(plan.writesEndMs, 580_000);
  assert.deepEqual(plan.defaultThresholds.slice(0, 2), [
    "lightRead.p95 < 100ms",
    "walBytes.max < 10MiB",
  ]);
});

Deno.test("the original's variables count, each after the flag's own", async () => {
  const env = {
    STEVE_URL: "https://rancher",
    COUNT: "7",
    WATCH_DURATION: "60",
    NAMESPACE: "ns",
    TOKEN: "token-a:b",
    RANCHER_POD_LABEL: "app=x",
    KUBE_API_URL: "https://api",
    CONTEXT: "c",
    SCALETOOL_STEVE_WATCH_NAMESPACE: "own",
  };
  const { values, credentials } = await planOf(["--count", "8"], env);
  assert.deepEqual(
    [values["steve-url"], values.count, values.duration, values.namespace, values.server],
    ["https://rancher", 8, 60_000, "own", "https://api"],
  );
  assert.deepEqual([values.context, values["rancher-pod-label"]], ["c", "app=x"]);
  assert.deepEqual(credentials, { kind: "token", token: "token-a:b", as: "cookie" });
});

Deno.test("a profile sets what nobody gave", async () => {
  const { values } = await planOf(["--profile", "smoke", "--count", "3"]);
  assert.deepEqual([values.count, values.duration, values["churn-rate"]], [3, 50_000, 2]);
  assert.equal((await planOf(["--profile", "heavy"])).values.workers, 4);
});

Deno.test("a name without a password is nobody's login", async () => {
  assert.deepEqual((await planOf([], { USERNAME: "root" })).credentials, { kind: "none" });
  assert.equal((await planOf([], { USERNAME: "a", PASSWORD: "b" })).credentials.kind, "password");
});

Deno.test("every type that is churned is one whose objects the run needs room for", async () => {
  const plan = await planOf(["--churn-rate", "2", "--object-lifetime", "4s"]);
  assert.ok(plan.churned.size > 1);
  assert.deepEqual(
    steveNeeds(plan).objects,
    [...plan.churned.values()].map((kind) => ({ kind, mostAtOnce: 11 })),
  );
});

Deno.test("what is switched off is neither needed nor judged", async () => {
  const off = ["--churn-rate", "0", "--crd-period", "0", "--read-rate", "0"];
  const plan = await planOf([...off, "--wal-source", "none", "--mode", "objects"]);
  assert.deepEqual(plan.defaultThresholds, ["connect.failed.ratio <= 5%"]);
  assert.deepEqual([plan.churned.size, plan.changesDefinition, plan.walSource], [
    0,
    false,
    undefined,
  ]);
  assert.equal(plan.subscriptions[0]?.mode, "");
  assert.deepEqual(steveNeeds(plan).objects, []);
  const sections = Object.fromEntries(planSections(plan).map(({ title, value }) => [title, value]));
  assert.deepEqual([sections["wal"], sections["light reads"]], ["none", "none"]);
});

Deno.test("only a namespaced type can be watched in one namespace", async () => {
  const { subscriptions } = await planOf(["--watch-namespace", "-n", "ns"]);
  assert.deepEqual(subscriptions.map(({ namespace }) => namespace), ["ns", "ns", undefined]);
});

Deno.test("exec into the pods is a right that only its source needs", async () => {
  const asksPods = async (...args: string[]) =>
    steveNeeds(await planOf(args)).rights.some(({ kind }) => kind === PODS);
  assert.equal(await asksPods(), true);
  assert.equal(await asksPods("--wal-source", "file:/x"), false);
  assert.equal(steveNeeds(await planOf(["--count", "9"])).otherSockets, 9);
});

const REFUSED: readonly [args: string[], message: RegExp][] = [
  [["--wal-source", "metrics"], /name the page/],
  [["--wal-source", "disk"], /must be exec, metrics:URL or file:PATH/],
  [["--slack", "4s"], /--slack must be shorter than --debounce/],
  [["--cool-down", "1s"], /--cool-down must be at least/],
  [["--duration", "20s"], /--duration must be longer than --cool-down/],
  [["--duration", "25s"], /--duration must be longer than --cool-down and 5s \(25s\), not 25s/],
];

for (const [args, message] of REFUSED) {
  Deno.test(`${args.join(" ")} is refused`, async () => {
    await assert.rejects(() => planOf(args), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("what the profile says is shown as its own, and what is given as given", async () => {
  const { shown } = await planOf(["--profile", "smoke", "--connect-rate", "7"]);
  assert.deepEqual(
    [shown.count, shown.duration, shown["connect-rate"]],
    [
      { value: "50", source: "profile" },
      { value: "50s", source: "profile" },
      { value: "7", source: "flag" },
    ],
  );
});

Deno.test("a dry run shows the thresholds that are in effect", async () => {
  const sections = planSections(await planOf(["--threshold", "walBytes.max < 1GiB"]));
  const thresholds = sections.find(({ title }) => title === "thresholds")?.value as string[];
  assert.deepEqual(thresholds.filter((one) => one.startsWith("walBytes")), ["walBytes.max < 1GiB"]);
  assert.ok(thresholds.includes("lightRead.p95 < 100ms"));
});
