/** What the small judgements of the server and its user say. */
import assert from "node:assert/strict";
import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { FailureReason } from "../../../core/measure/sample.ts";
import { TimeLimitError } from "../../../core/load/deadline.ts";
import { judgeClock, judgeUser, judgeVersion } from "../../../kube/doctor/server.ts";
import { judgeNoAnswer } from "../../../kube/doctor/connection.ts";
import { StatusError, UnusableAnswerError } from "../../../kube/status_error.ts";
import { targetOf } from "../../support/api_target.ts";

const VERSIONS: readonly [version: string, status: string][] = [
  ["v1.36.3", "ok"],
  ["v1.28.0", "ok"],
  ["v1.31.4+k3s1", "ok"],
  ["v1.30.5-gke.1014", "ok"],
  ["1.33.1", "ok"],
  ["v1.27.16", "warning"],
  ["v1.9.0", "warning"],
  ["v2.30.0", "warning"],
  ["v0.36.0", "warning"],
  ["v1.37.0", "notice"],
  ["v1.100.0", "notice"],
  ["latest", "unknown"],
];

for (const [version, status] of VERSIONS) {
  Deno.test(`version ${version} is ${status}`, () => {
    const finding = judgeVersion(version);
    assert.equal(finding.status, status);
    assert.ok(finding.what.includes(version));
  });
}

const USERS: readonly [username: string, groups: string[], status: string, what: string][] = [
  ["dev", ["team"], "ok", 'User "dev", groups team'],
  ["dev", [], "ok", 'User "dev", no groups'],
  ["root", ["system:masters"], "warning", 'User "root", groups system:masters'],
  ["x", ["system:masters:not"], "ok", 'User "x", groups system:masters:not'],
  [
    "system:anonymous",
    ["system:unauthenticated"],
    "problem",
    'User "system:anonymous", groups system:unauthenticated',
  ],
];

for (const [username, groups, status, what] of USERS) {
  Deno.test(`user ${username} of ${groups} is ${status}`, () => {
    const finding = judgeUser({ username, groups });
    assert.deepEqual([finding.status, finding.what], [status, what]);
  });
}

Deno.test("a user of whom the server does not tell is unknown", () => {
  assert.equal(judgeUser(undefined).status, "unknown");
});

const SECOND = "Sun, 06 Nov 1994 08:49:37 GMT";
const SECOND_MS = Date.parse(SECOND);
/** How far this machine's clock is ahead of the middle of the server's second. */
const CLOCKS: readonly [aheadMs: number, status: string, what: string][] = [
  [0, "ok", "the server's clock agrees within 510ms"],
  [510, "ok", "the server's clock agrees within 510ms"],
  [2_510, "ok", "the server's clock is 2.51s behind this one, give or take 510ms"],
  [2_512, "notice", "the server's clock is 2.51s behind this one, give or take 510ms"],
  [-30_510, "notice", "the server's clock is 30.5s ahead of this one, give or take 510ms"],
  [-30_600, "warning", "the server's clock is 30.6s ahead of this one, give or take 510ms"],
  [3_600_000, "warning", "the server's clock is 1h0m behind this one, give or take 510ms"],
];

for (const [aheadMs, status, what] of CLOCKS) {
  Deno.test(`a clock that is ahead of the server's by ${aheadMs} ms is ${status}`, () => {
    const middleMs = SECOND_MS + 500 + aheadMs;
    const finding = judgeClock({
      sentMs: middleMs - 10,
      receivedMs: middleMs + 10,
      dateHeader: SECOND,
    });
    assert.deepEqual([finding.status, finding.what], [status, what]);
  });
}

Deno.test("without a Date header the clocks are unknown", () => {
  const finding = judgeClock({ sentMs: 0, receivedMs: 1, dateHeader: undefined });
  assert.equal(finding.status, "unknown");
});

function failed(reason: FailureReason, why: string): OperationFailedError {
  const message = `Cannot GET https://h:6443/version: ${why}`;
  return new OperationFailedError(reason, message, {
    why,
    cause: new Error("the same once more"),
  });
}

function status(code: number, reason: string): StatusError {
  return new StatusError({ kind: "Status", reason, message: `says ${reason}` }, { code });
}

const FAILURES: readonly [thrown: unknown, id: string, what: string, fix: RegExp][] = [
  [
    failed("dns", "no such name"),
    "dns",
    "Cannot reach https://h:6443: no such name",
    /^getent hosts h;/,
  ],
  [
    failed("connection-refused", "refused"),
    "tcp",
    "Cannot reach https://h:6443: refused",
    /^nc -vz h 6443;/,
  ],
  [
    failed("tls", "UnknownIssuer"),
    "tls",
    "Cannot reach https://h:6443: UnknownIssuer",
    /^openssl s_client -connect h:6443 .*--certificate-authority/,
  ],
  [
    failed("connection-closed", "tls handshake eof"),
    "tls",
    "Cannot reach https://h:6443: tls handshake eof",
    /^openssl/,
  ],
  [
    failed("connection-reset", "reset by peer"),
    "connection",
    "Cannot reach https://h:6443: reset by peer",
    /^nc /,
  ],
  [failed("timeout", "timed out"), "timeout", "Cannot reach https://h:6443: timed out", /^nc /],
  [
    new TimeLimitError("no answer in 10s"),
    "timeout",
    "Cannot reach https://h:6443: no answer in 10s",
    /^nc /,
  ],
  [
    new UnusableAnswerError("the answer to GET /version: it is no version"),
    "answer",
    "Cannot use https://h:6443: the answer to GET /version: it is no version",
    /^kubectl get --raw/,
  ],
  [failed("other", "blocked"), "connection", "Cannot reach https://h:6443: blocked", /^nc /],
  [
    new CannotRunError("no version"),
    "answer",
    "Cannot reach https://h:6443: no version",
    /^kubectl get --raw/,
  ],
  [
    status(503, "ServiceUnavailable"),
    "answer",
    "Cannot use https://h:6443: says ServiceUnavailable",
    /^kubectl get --raw/,
  ],
  [
    status(403, "Forbidden"),
    "answer",
    "Cannot use https://h:6443: says Forbidden",
    /^kubectl get --raw/,
  ],
  [
    status(401, "Unauthorized"),
    "authentication",
    "https://h:6443 does not accept the credentials: says Unauthorized",
    /^log in again/,
  ],
];

for (const [thrown, id, what, fix] of FAILURES) {
  Deno.test(`no answer because of "${(thrown as Error).message}" is told as ${id}`, () => {
    const finding = judgeNoAnswer(thrown, targetOf("https://h:6443"));
    assert.deepEqual([finding.id, finding.status, finding.what], [id, "problem", what]);
    assert.match(finding.fix ?? "", fix);
  });
}

Deno.test("a refusal to impersonate is told as that, and names context and user where there are", () => {
  const impersonation: [string, string][] = [["impersonate-user", "bob"]];
  const finding = judgeNoAnswer(status(403, "Forbidden"), targetOf("https://h", { impersonation }));
  assert.deepEqual([finding.id, finding.what], ["impersonation", "says Forbidden"]);
  const names = { context: "prod", user: "eve", source: "home" as const, paths: [] };
  const refused = judgeNoAnswer(status(401, "x"), targetOf("https://h", { names }));
  assert.equal(refused.what, 'https://h does not accept the credentials of user "eve": says x');
  const down = judgeNoAnswer(failed("connection-refused", "no"), targetOf("https://h", { names }));
  assert.equal(down.what, 'Cannot reach https://h (context "prod"): no');
  assert.match(down.fix ?? "", /^nc -vz h 443;/);
});
