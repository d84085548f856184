import assert from "node:assert/strict";
import { OperationFailedError } from "../../core/errors.ts";
import { StatusError } from "../../kube/status_error.ts";
import type { ReflectorActivity } from "../../kube/watch/reflector.ts";
import { BrokenWatches } from "../../watchers/broken_watches.ts";

function failed(error: OperationFailedError): ReflectorActivity {
  return { kind: "failed", error, retryInMs: 1_000 };
}

function refused(code: number): ReflectorActivity {
  return failed(
    new StatusError({ kind: "Status", message: `status ${code}` }, { code }),
  );
}

const LISTED: ReflectorActivity = { kind: "listed", items: 1, durationMs: 1, isRelist: true };
const WATCHING: ReflectorActivity = { kind: "watching", timeoutSeconds: 300 };
const CLOSED: ReflectorActivity = { kind: "closed", afterMs: 5_000, events: 3 };
const EXPIRED: ReflectorActivity = { kind: "expired", retryInMs: 1_000 };
const RESET = failed(new OperationFailedError("connection-reset", "it was reset"));

/** What one informer did, and what is said of it. */
const CASES: readonly (readonly [
  name: string,
  did: readonly ReflectorActivity[],
  verdict: string | undefined,
  reason?: RegExp,
])[] = [
  ["a watch that works", [LISTED, WATCHING], undefined],
  ["a watch that has just ended in good order", [LISTED, WATCHING, CLOSED], undefined],
  ["a watch that broke and works again", [LISTED, WATCHING, RESET, WATCHING], undefined],
  ["a list after a refusal", [LISTED, WATCHING, refused(401), LISTED], undefined],
  ["a broken connection", [LISTED, WATCHING, RESET], "inconclusive", /: it was reset$/],
  ["a busy server", [LISTED, refused(429)], "inconclusive", /: status 429$/],
  ["a forgotten version", [LISTED, WATCHING, EXPIRED], "inconclusive", /: the server has forgot/],
  ["credentials that ended", [LISTED, WATCHING, RESET, refused(401)], "fail", /: status 401$/],
  ["rights that are gone", [LISTED, WATCHING, refused(403)], "fail", /: status 403$/],
  ["a resource that is gone", [LISTED, WATCHING, refused(404)], "fail", /: status 404$/],
];

for (const [name, did, verdict, reason] of CASES) {
  Deno.test(`at the end, ${name} is ${verdict ?? "nothing to speak of"}`, () => {
    const broken = new BrokenWatches();
    for (const activity of did) broken.saw("", activity);
    const finding = broken.finding();
    assert.equal(finding?.verdict, verdict);
    if (reason === undefined) return;
    assert.match(finding!.reason, reason);
    assert.equal(finding!.observed, "1 broken");
  });
}

Deno.test("each namespace has a watch of its own, and a refusal counts for more than a failure", () => {
  const broken = new BrokenWatches();
  broken.saw("one", RESET);
  broken.saw("two", refused(403));
  broken.saw("three", WATCHING);
  assert.deepEqual(broken.finding(), {
    subject: "watching at the end",
    verdict: "fail",
    observed: "2 broken",
    limit: "0 broken",
    reason: "what changed in the end was not seen: status 403",
  });
  broken.saw("two", LISTED);
  assert.equal(broken.finding()?.verdict, "inconclusive");
});
