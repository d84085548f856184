import assert from "node:assert/strict";
import { CONFIG_MAPS, NAMESPACES } from "../../kube/resource.ts";
import { MemoryCluster, statusError } from "../support/memory_cluster.ts";
import { Driven } from "./harness.ts";

const SELECTOR = "app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1";
const BY_HAND = `kubectl delete configmaps -n scaletest -l ${SELECTOR}`;

type Ending = "by itself" | "with a failure" | "interrupted";
const KEPT: Record<string, Record<Ending, boolean>> = {
  "--keep=never": { "by itself": false, "with a failure": false, interrupted: false },
  "--keep=on-failure": { "by itself": false, "with a failure": true, interrupted: true },
  "--keep=always": { "by itself": true, "with a failure": true, interrupted: true },
  "--create-only": { "by itself": true, "with a failure": true, interrupted: false },
  "--create-only --keep=on-failure": {
    "by itself": true,
    "with a failure": true,
    interrupted: true,
  },
};

for (const [words, endings] of Object.entries(KEPT)) {
  for (const [ending, isKept] of Object.entries(endings)) {
    Deno.test(`objects ${isKept ? "stay" : "go"} after a run that ends ${ending} with ${words}`, async () => {
      const cluster = new MemoryCluster();
      const given = Object.fromEntries(
        words.split(" ").map((word) => word.slice(2).split("=")).map(([k, v = "true"]) => [k, v]),
      );
      // None deletes its objects by itself, so that it is the clean-up which does.
      const flags = { n: "4", rate: "10", "create-only": "true", keep: "never", ...given };
      await using driven = new Driven(flags, {
        command: "cmdriverclosed",
        cluster,
        driver: { leavesObjects: "create-only" in given },
      });
      if (ending === "with a failure") {
        cluster.fail("patch", statusError(403, "Forbidden"));
      }
      await driven.clock.advance(350);
      if (ending === "interrupted") driven.conducted.signal("SIGINT");
      await driven.finish();
      const made = ["scaletest/r1-1", "scaletest/r1-2", "scaletest/r1-3", "scaletest/r1-4"];
      const sent = ending === "interrupted" ? made.slice(0, 3) : made;
      assert.deepEqual(cluster.keys(CONFIG_MAPS), isKept ? sent : []);
      assert.deepEqual(cluster.keys(NAMESPACES), isKept ? ["scaletest"] : []);
      assert.deepEqual(
        driven.conducted.report.warnings,
        isKept
          ? [BY_HAND, `kubectl delete namespace -l ${SELECTOR}`].map((command) => ({
            code: "kept",
            message: `Left behind as asked; delete with: ${command}`,
          }))
          : [],
      );
    });
  }
}

Deno.test("a kept run does not speak of namespaces that it has not made", async () => {
  const cluster = new MemoryCluster();
  cluster.put(NAMESPACES, { metadata: { name: "scaletest" } });
  await using driven = new Driven({ n: "1", ttl: "1s", keep: "always" }, { cluster });
  await driven.finish();
  assert.deepEqual(driven.conducted.report.warnings.map(({ message }) => message), [
    `Left behind as asked; delete with: ${BY_HAND}`,
  ]);
});
