import assert from "node:assert/strict";
import { judgeQuotas } from "../../../kube/doctor/limits.ts";
import { CONFIG_MAPS, FLUNDERS, type Resource } from "../../../kube/resource.ts";

const PODS: Resource = { ...CONFIG_MAPS, plural: "pods", kind: "Pod" };

function quota(
  hard: Record<string, string | number>,
  { used, ...spec }: { used?: Record<string, string | number>; scopes?: string[] } = {},
) {
  return {
    metadata: { name: "q", namespace: "a" },
    spec: { hard, ...spec },
    ...(used === undefined ? {} : { status: { hard, used } }),
  };
}

function judged(
  items: ReturnType<typeof quota>[],
  { resource = CONFIG_MAPS, planned = 100 }: { resource?: Resource; planned?: number } = {},
) {
  return judgeQuotas(items, { namespace: "a", resource, planned })
    .map(({ status, what }) => `${status}: ${what}`);
}

const COUNT = "count/configmaps";

Deno.test("quotas that count something else are no matter", () => {
  const others = quota({ "count/secrets": "1", "count/configmaps.example.com": "1", pods: "0" }, {
    used: {},
  });
  for (const items of [[], [others]]) {
    assert.deepEqual(judged(items), ['ok: no quota counts configmaps in namespace "a"']);
  }
});

Deno.test("a quota with room for exactly what is planned is none in the way", () => {
  assert.deepEqual(judged([quota({ [COUNT]: "101" }, { used: { [COUNT]: "1" } })]), [
    'ok: quota "q" allows 101 count/configmaps in namespace "a", 1 are used: 100 more fit, and the run has up to 100 at a time',
  ]);
});

Deno.test("a quota with room for one less is a problem, and the fix makes exactly enough", () => {
  const [finding, ...others] = judgeQuotas(
    [quota({ [COUNT]: "100" }, { used: { [COUNT]: "1" } })],
    { namespace: "a", resource: CONFIG_MAPS, planned: 100 },
  );
  assert.deepEqual(others, []);
  assert.equal(finding?.status, "problem");
  assert.equal(finding.subject, "a/q");
  assert.equal(
    finding.fix,
    `kubectl patch resourcequota q -n a --type merge -p '{"spec":{"hard":{"count/configmaps":"101"}}}', or make fewer configmaps`,
  );
});

Deno.test("the older names count too, for the core group alone", () => {
  const full = { configmaps: "1k" };
  assert.deepEqual(judged([quota(full, { used: { configmaps: "950" } })]), [
    'problem: quota "q" allows 1k configmaps in namespace "a", 950 are used: 50 more fit, and the run has up to 100 at a time',
  ]);
  const flunders = quota({ "count/flunders.wardle.example.com": 5, flunders: 0 }, {
    used: { "count/flunders.wardle.example.com": 5, flunders: 0 },
  });
  assert.deepEqual(judged([flunders], { resource: FLUNDERS }), [
    'problem: quota "q" allows 5 count/flunders.wardle.example.com in namespace "a", 5 are used: 0 more fit, and the run has up to 100 at a time',
  ]);
});

Deno.test("every limit of every quota is judged", () => {
  const both = { [COUNT]: "1000", configmaps: "10" };
  const items = [quota(both, { used: { [COUNT]: "0", configmaps: "0" } }), quota({ [COUNT]: "1" })];
  assert.deepEqual(judged(items).map((text) => text.split(":")[0]), ["ok", "problem", "unknown"]);
});

Deno.test("for a run without bound some room is a warning, and none a problem", () => {
  const one = quota({ [COUNT]: "2" }, { used: { [COUNT]: "1" } });
  const none = quota({ [COUNT]: "2" }, { used: { [COUNT]: "2" } });
  assert.deepEqual(judged([one, none], { planned: Infinity }), [
    'warning: quota "q" allows 2 count/configmaps in namespace "a", 1 are used: 1 more fit, and the run has any number at a time',
    'problem: quota "q" allows 2 count/configmaps in namespace "a", 2 are used: 0 more fit, and the run has any number at a time',
  ]);
});

Deno.test("what is not counted yet, or counted in scopes only, is unknown", () => {
  assert.deepEqual(judged([quota({ [COUNT]: "2" })]), [
    'unknown: quota "q" allows 2 count/configmaps in namespace "a"; how many are used is not known yet',
  ]);
  const scoped = quota({ pods: "2" }, { used: { pods: "0" }, scopes: ["Terminating"] });
  assert.deepEqual(judged([scoped], { resource: PODS }), [
    'unknown: quota "q" allows 2 pods in namespace "a", of objects in its scopes only',
  ]);
});
