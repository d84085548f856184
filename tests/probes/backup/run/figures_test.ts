/** What runs are judged by, accused by and shown in: all of it can be asked, and is measured. */

import assert from "node:assert/strict";
import { parseFigure, termsOf } from "../../../../core/judge/figure.ts";
import { thresholdParser } from "../../../../core/judge/threshold.ts";
import { namesOf } from "../../../../core/run/measures.ts";
import type { GrantedSession } from "../../../../kube/conduct_on_cluster.ts";
import { KUBERNETES_REASONS } from "../../../../kube/status_error.ts";
import { BACKUP_REASONS } from "../../../../probes/backup/reasons.ts";
import { useBackup } from "../../../../probes/backup/run/backup.ts";
import { typed } from "./running.ts";

const PARSE = thresholdParser([...KUBERNETES_REASONS, ...BACKUP_REASONS]);
const ASKED: readonly (readonly string[])[] = [
  ["--registry-path", "quay.io/me"],
  ["--registry-path", "quay.io/me", "--dwoc-config-type", "incorrect"],
  ["--run-backup-test-hook=false", "--delete-devworkspace-after-ready"],
];

async function planOf(args: readonly string[]) {
  const { plan } = useBackup(await typed(...args));
  return plan({ target: { server: "https://there" } } as GrantedSession);
}

for (const args of ASKED) {
  Deno.test(`every figure of a run with ${args.join(" ")} is one that it measures`, async () => {
    const plan = await planOf(args);
    const known = new Set(namesOf(plan.measures!));
    const figures = [
      ...plan.defaultThresholds.map((text) => PARSE(text).figure),
      ...(plan.causes ?? []).map(({ sign }) => PARSE(sign).figure),
      ...(plan.tables ?? []).flatMap(({ columns }) =>
        columns.map(({ figure }) => parseFigure(figure))
      ),
    ];
    const unknown = figures.flatMap((figure) => termsOf(figure))
      .map(({ metric }) => metric).filter((metric) => !known.has(metric));
    assert.deepEqual([...new Set(unknown)], []);
  });
}
