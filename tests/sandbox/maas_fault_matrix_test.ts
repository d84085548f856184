import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { MAAS_FAULTS } from "../../sandbox/maas/faults/mod.ts";
import { type MatrixRun, namesOf, runMatrix } from "./fault_matrix.ts";
import { checkOf, isUnanswered, tablesIn } from "./fault_matrix_text.ts";
import { inOwnFolder } from "./in_own_folder.ts";
import {
  MAAS_FAULT_SWITCHES,
  MAAS_MATRIX,
  type MaasCommandName,
  type MaasFaultSwitch,
} from "./maas_fault_matrix.ts";

/** What has to fail, and who is blamed for it; of a finding of its own nobody has to be. */
type Blame =
  | { readonly check: string; readonly component?: string }
  /** A limit stands in the way: there is no answer, and this warning says why. */
  | { readonly warning: string };

function blames(ladder: string): Readonly<Record<MaasFaultSwitch, Blame>> {
  const level = (component: string) => ({ component, check: `ladder of ${ladder}` });
  return {
    "limiter-dry": level("auth"),
    "auth-slow": level("auth"),
    "cache-off": level("auth"),
    "fail-open": { check: "failOpen.total" },
    "limit-on": { warning: "limits-not-in-force" },
    "policy-reverted=3s": { warning: "limits-reverted" },
    "stream-cut": level("model"),
    "model-slow=1200ms": level("model"),
    "model-full": level("model"),
  };
}

const EXPECTED: Readonly<Record<MaasCommandName, Readonly<Record<MaasFaultSwitch, Blame>>>> = {
  "maas users": blames("users"),
  "maas rate": blames("rate"),
};

/** What is wrong with what a run said; undefined if nothing. */
function complaint(
  { command, fault, report }: MatrixRun<MaasCommandName, MaasFaultSwitch>,
): string | undefined {
  const { findings, stages } = report;
  const failed = findings.filter(({ verdict }) => verdict === "fail").map(checkOf);
  const unanswered = findings.filter(isUnanswered).map(checkOf);
  // That this machine was busy must not show.
  const blamed = stages.flatMap(({ causes }) =>
    causes.filter(({ component }) => component !== "generator").slice(0, 1)
  ).map(({ component }) => component);
  const said = `${command} ${fault ?? "without fault"}: failed ${failed.join(", ")}; blamed ` +
    blamed.join(", ");
  if (fault === undefined) return failed.length + blamed.length === 0 ? undefined : said;
  const expected = EXPECTED[command][fault];
  if ("warning" in expected) {
    const isOpen = findings.some(({ verdict }) => verdict === "inconclusive");
    const isSaid = report.warnings.some(({ code }) => code === expected.warning);
    return isOpen && isSaid && failed.length === 0 ? undefined : said;
  }
  const { component, check } = expected;
  if (unanswered.includes(check)) return undefined;
  const isBlamed = blamed.every((one) => one === component) &&
    (component === undefined || blamed.length > 0);
  return failed.includes(check) && isBlamed ? undefined : said;
}

Deno.test("each fault of a model gateway fails each probe, with its own cause", async () => {
  await inOwnFolder(async () => {
    const runs = await runMatrix(MAAS_MATRIX);
    assert.equal(runs.length, namesOf(MAAS_MATRIX).length * (MAAS_FAULT_SWITCHES.length + 1));
    assert.deepEqual(runs.map(complaint).filter((text) => text !== undefined), []);
  });
});

Deno.test("the matrix has every fault of a model gateway, and its page every row and column", () => {
  const names = MAAS_FAULT_SWITCHES.map((text) => text.split("=")[0]!);
  assert.deepEqual(names, MAAS_FAULTS.map(({ name }) => name));
  const page = Deno.readTextFileSync(
    fileURLToPath(new URL("../../docs/faults.md", import.meta.url)),
  );
  const [head, ...rows] = tablesIn(page)[2]!;
  assert.deepEqual(head, ["fault", ...namesOf(MAAS_MATRIX)]);
  assert.deepEqual(rows.map(([first]) => first), [
    "none",
    ...MAAS_FAULT_SWITCHES.map((text) => `\`${text}\``),
  ]);
});
