/** What is judged of kinds, rights, namespaces, limit ranges and leftovers. */
import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { judgeKind, type KindAnswers } from "../../../kube/doctor/kinds.ts";
import { judgeLeftovers } from "../../../kube/doctor/leftovers.ts";
import { judgeLimitRanges } from "../../../kube/doctor/limits.ts";
import { judgeNamespace, type NamespaceAnswers } from "../../../kube/doctor/namespaces.ts";
import { judgeRights, type RightAnswer } from "../../../kube/doctor/rights.ts";
import { CONFIG_MAPS, FLUNDERS, NAMESPACES, type Resource } from "../../../kube/resource.ts";
import { StatusError } from "../../../kube/status_error.ts";

const FLUNDER = { apiVersion: "wardle.example.com/v1alpha1", kind: "Flunder" };

function refused(code: number, reason: string): StatusError {
  return new StatusError({ kind: "Status", reason, message: `says ${reason}` }, { code });
}

function apiService(available: { status: string; reason?: string; message?: string } | undefined) {
  const conditions = available === undefined ? [] : [{ type: "Available", ...available }];
  return {
    metadata: { name: "v1alpha1.wardle.example.com" },
    spec: { service: { namespace: "wardle", name: "api" } },
    status: { conditions },
  };
}

function kind(answers: Partial<KindAnswers>) {
  const { id, status, what, fix } = judgeKind({
    kind: FLUNDER,
    found: FLUNDERS,
    apiService: undefined,
    ...answers,
  });
  assert.equal(id, "kind");
  return { status, what, fix };
}

Deno.test("a kind that is served is fine, whoever serves it", () => {
  assert.deepEqual(
    kind({}).what,
    "Flunder (wardle.example.com/v1alpha1) is served as flunders.wardle.example.com",
  );
  assert.deepEqual(kind({ apiService: apiService({ status: "True" }) }), {
    status: "ok",
    what:
      "Flunder (wardle.example.com/v1alpha1) is served as flunders.wardle.example.com by service wardle/api",
    fix: undefined,
  });
});

Deno.test("an APIService that is not Available is a problem with its own words", () => {
  const gone = apiService({ status: "False", reason: "MissingEndpoints", message: "none" });
  const expected = {
    status: "problem",
    what: "APIService is not Available: MissingEndpoints: none",
    fix: "kubectl describe apiservice v1alpha1.wardle.example.com, and start the server behind it",
  };
  assert.deepEqual(kind({ apiService: gone }), expected);
  assert.deepEqual(kind({ found: refused(503, "ServiceUnavailable"), apiService: gone }), expected);
  assert.deepEqual(kind({ found: refused(503, "ServiceUnavailable") }), {
    status: "problem",
    what: "says ServiceUnavailable",
    fix: "kubectl get apiservices, and start the server that is not Available",
  });
});

Deno.test("a kind that nobody serves is a problem, and a look that failed is not", () => {
  const missing = new CannotRunError("the server does not serve it");
  assert.equal(kind({ found: missing }).status, "problem");
  assert.equal(kind({ found: missing, onlyFor: "comfort" }).status, "notice");
  assert.equal(kind({ found: refused(500, "InternalError") }).status, "unknown");
  assert.equal(
    kind({ found: refused(500, "InternalError"), onlyFor: "comfort" }).status,
    "unknown",
  );
});

function right(verb: string, given: Partial<RightAnswer> = {}): RightAnswer {
  const asked = { verb, resource: CONFIG_MAPS, namespace: "a" };
  return { right: { verb, kind: CONFIG_MAPS, namespace: "a" }, asked, isMissing: false, ...given };
}

Deno.test("rights that are there are one finding, by what they are on", () => {
  const namespaces = { verb: "get", resource: NAMESPACES };
  const findings = judgeRights(
    [right("create"), right("get", { asked: namespaces }), right("list")],
    { user: undefined, command: "maker" },
  );
  assert.deepEqual(findings, [{
    id: "right",
    status: "ok",
    what: "may create, list configmaps in namespace a; get namespaces",
  }]);
});

Deno.test("each right that is missing is one finding with the command that grants it", () => {
  const user = { username: "eve", groups: [] };
  const comfort = { verb: "list", kind: CONFIG_MAPS, onlyFor: "names" };
  const findings = judgeRights([
    right("create", { isMissing: true }),
    right("delete"),
    right("list", { isMissing: true, right: comfort }),
    right("watch", { asked: undefined }),
  ], { user, command: "maker" });
  assert.deepEqual(findings.map(({ id, status, what }) => [id, status, what]), [
    ["right", "ok", "may delete configmaps in namespace a"],
    ["right", "problem", 'User "eve" may not create configmaps in namespace a'],
    ["right", "notice", 'User "eve" may not list configmaps in namespace a'],
    ["right", "unknown", "not asked: the server does not serve the kind"],
    ["grant", "notice", "2 rights are missing; one command line grants exactly these"],
  ]);
  assert.equal(
    findings[1]?.fix,
    "kubectl create role scaletool-create-configmaps -n a --verb=create --resource=configmaps && " +
      "kubectl create rolebinding scaletool-create-configmaps -n a --role=scaletool-create-configmaps --user=eve",
  );
  assert.match(findings.at(-1)?.fix ?? "", /--verb=create,list /);
  assert.match(findings.at(-1)?.why ?? "", /^scaletool manifests rbac --for maker /);
});

Deno.test("a single missing right needs no command for all of them", () => {
  const findings = judgeRights([right("create", { isMissing: true })], {
    user: undefined,
    command: "maker",
  });
  assert.deepEqual(findings.map(({ id }) => id), ["right"]);
});

const NOW = "2026-01-01T00:10:00Z";

function namespace(given: Partial<NamespaceAnswers> = {}) {
  const { status, what } = judgeNamespace({
    name: "a",
    found: undefined,
    refusal: undefined,
    createsNamespaces: true,
    makesObjects: true,
    nowMs: Date.parse(NOW),
    ...given,
  });
  return `${status}: ${what}`;
}

function terminating(
  since: string,
  conditions: { type: string; status: string; message?: string }[] = [],
) {
  return {
    metadata: { name: "a", deletionTimestamp: since },
    status: { phase: "Terminating", conditions },
  };
}

const REMAINS = { type: "NamespaceContentRemaining", status: "True", message: "1 configmap" };
const HELD = { type: "NamespaceFinalizersRemaining", status: "True", message: "hold" };

const NAMESPACE_CASES: readonly [what: string, given: Partial<NamespaceAnswers>, judged: string][] =
  [
    ["one that is there", { found: { metadata: { name: "a" } } }, 'ok: namespace "a" is there'],
    [
      "a missing one that can be made",
      {},
      'ok: namespace "a" is missing: the run makes it, and removes it again',
    ],
    [
      "a missing one that may not be made",
      { refusal: refused(403, "Forbidden") },
      'problem: namespace "a" is missing, and the run cannot make it: says Forbidden',
    ],
    [
      "a missing one that the run does not make",
      { createsNamespaces: false },
      'problem: namespace "a" is missing',
    ],
    [
      "a missing one that is only watched",
      { createsNamespaces: false, makesObjects: false },
      'warning: namespace "a" is missing',
    ],
    [
      "one that just goes",
      { found: terminating("2026-01-01T00:09:58Z") },
      'warning: namespace "a" has been Terminating for 2s',
    ],
    [
      "one whose content just goes",
      { found: terminating("2026-01-01T00:09:58Z", [REMAINS]) },
      'warning: namespace "a" has been Terminating for 2s; NamespaceContentRemaining: 1 configmap',
    ],
    ["one that has been going for longer than a run waits", {
      found: terminating("2026-01-01T00:09:00Z"),
    }, 'problem: namespace "a" has been Terminating for 1m0s'],
    [
      "one that is held",
      {
        found: terminating("2026-01-01T00:09:58Z", [REMAINS, HELD, { type: "X", status: "False" }]),
      },
      'problem: namespace "a" has been Terminating for 2s; NamespaceContentRemaining: 1 configmap; NamespaceFinalizersRemaining: hold',
    ],
    ["one that goes and is not made anew", {
      found: terminating("2026-01-01T00:09:58Z"),
      createsNamespaces: false,
    }, 'problem: namespace "a" has been Terminating for 2s'],
    ["one that goes and is only watched", {
      found: terminating("2026-01-01T00:09:58Z", [HELD]),
      createsNamespaces: false,
      makesObjects: false,
    }, 'warning: namespace "a" has been Terminating for 2s; NamespaceFinalizersRemaining: hold'],
  ];

for (const [what, given, judged] of NAMESPACE_CASES) {
  Deno.test(`a namespace: ${what}`, () => assert.equal(namespace(given), judged));
}

Deno.test("a name that no namespace can have is no matter of making it", () => {
  const { fix } = judgeNamespace({
    name: "A_",
    found: undefined,
    refusal: refused(422, "Invalid"),
    createsNamespaces: true,
    makesObjects: true,
    nowMs: 0,
  });
  assert.equal(fix, "name a valid --namespace");
});

const PODS: Resource = { ...CONFIG_MAPS, plural: "pods", kind: "Pod" };
const LIMITS = [
  { type: "Container", max: { cpu: "1" }, default: { cpu: "500m", memory: "1Gi" } },
  { type: "PersistentVolumeClaim", max: { storage: "1Gi" } },
];
const RANGE = { metadata: { name: "r", namespace: "a" }, spec: { limits: LIMITS } };

Deno.test("limit ranges are told for what they touch", () => {
  assert.deepEqual(
    judgeLimitRanges([RANGE], { namespace: "a", resource: PODS }).map(({ what }) => what),
    [
      'limit range "r" in namespace "a": Container max cpu=1, default cpu=500m memory=1Gi',
    ],
  );
  const none = [{ ...RANGE, spec: { limits: [LIMITS[1]] } }];
  assert.deepEqual(judgeLimitRanges(none, { namespace: "a", resource: PODS }), [{
    id: "limit-range",
    subject: "a",
    status: "ok",
    what: 'no limit range touches pods in namespace "a"',
  }]);
});

function leftover(runId: string) {
  return { metadata: { name: "x", namespace: "a", labels: { "scaletool.io/run-id": runId } } };
}

Deno.test("leftovers are one finding for each run, and a problem for its own id", () => {
  const items = [leftover("old"), leftover("new"), leftover("old")];
  const given = { namespace: "a", resource: CONFIG_MAPS, isWhole: true, ownRunId: undefined };
  const judged = (changes: { isWhole?: boolean; ownRunId?: string }) =>
    judgeLeftovers(items, { ...given, ...changes }).map(({ status, what }) => `${status}: ${what}`);
  assert.deepEqual(judged({}), [
    'notice: 2 configmaps of run "old" in namespace "a"',
    'notice: 1 configmaps of run "new" in namespace "a"',
  ]);
  assert.deepEqual(judged({ isWhole: false, ownRunId: "new" }), [
    'notice: at least 2 configmaps of run "old" in namespace "a"',
    'problem: at least 1 configmaps of run "new" in namespace "a"',
  ]);
  assert.equal(judgeLeftovers(items, given)[0]?.fix, "scaletool cleanup --run-id old");
  assert.equal(judgeLeftovers([], given)[0]?.status, "ok");
});
