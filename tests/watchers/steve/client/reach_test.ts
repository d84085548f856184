import assert from "node:assert/strict";
import { CannotRunError, OperationFailedError } from "../../../../core/errors.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import { requireSteve, untilColumns, untilShown } from "../../../../watchers/steve/client/reach.ts";
import type { SteveList } from "../../../../watchers/steve/client/steve_client.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const URL = "http://steve";
const EMPTY: SteveList = { type: "collection", data: [], bytes: 0 };

/** A Steve with these answers, the last one for ever. */
function steveOf(...answers: readonly (SteveList | Error)[]) {
  let turn = 0;
  const list = () => {
    const answer = answers[Math.min(turn++, answers.length - 1)]!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { url: URL, list, asked: () => turn };
}

function status(code: number, message = "said"): StatusError {
  return new StatusError({ kind: "Status", message }, { code });
}

async function outcome<T>(
  call: (options: { clock: FakeClock; signal: AbortSignal }) => Promise<T>,
  ms: number,
): Promise<unknown> {
  const clock = new FakeClock();
  const ended = call({ clock, signal: new AbortController().signal })
    .catch((thrown: unknown) => thrown);
  await clock.advance(ms);
  assert.equal(clock.sleeperCount, 0);
  return await ended;
}

Deno.test("each reason why there is no Steve to use is one line, at once", async () => {
  const cases: readonly [Error, RegExp][] = [
    [
      status(401),
      /^Steve at http:\/\/steve does not accept the session: the token is .* \(said\)$/,
    ],
    [status(403), /does not let this user list ConfigMaps \(said\)$/],
    [
      status(404),
      /^Steve at http:\/\/steve shows no ConfigMaps: the token is .* there is no Steve \(said\)$/,
    ],
    [status(302), /^Cannot use Steve at http:\/\/steve: said$/],
    [
      new OperationFailedError("protocol", "x"),
      /^What answers at http:\/\/steve is no Steve \(x\)$/,
    ],
    [
      new OperationFailedError("connection-refused", "x"),
      /^Cannot reach Steve at http:\/\/steve: x$/,
    ],
  ];
  for (const [error, message] of cases) {
    const steve = steveOf(error);
    const thrown = await outcome((some) => requireSteve(steve, { ...some, namespace: "ns" }), 0);
    assert.ok(thrown instanceof CannotRunError);
    assert.match(thrown.message, message);
    assert.equal(steve.asked(), 1);
  }
});

Deno.test("a Steve that is just starting is waited for, up to 30 s", async () => {
  const soon = steveOf(status(500), status(503), EMPTY);
  assert.equal(
    await outcome((some) => requireSteve(soon, { ...some, namespace: "ns" }), 1_000),
    undefined,
  );
  const never = steveOf(status(500, "cache context canceled"));
  const thrown = await outcome(
    (some) => requireSteve(never, { ...some, namespace: "ns" }),
    30_000,
  );
  assert.equal(
    `${thrown}`,
    "CannotRunError: Cannot use Steve at http://steve: cache context canceled",
  );
});

const SHOWN: SteveList = { ...EMPTY, revision: "77", data: [{ metadata: { name: "r-0" } }] };

Deno.test("an object is shown once a list has it, whatever came before", async () => {
  const others: SteveList = { ...EMPTY, data: [{ metadata: { name: "other-r-0" } }, {}] };
  const steve = steveOf(status(404), status(500), EMPTY, others, SHOWN);
  const options = { type: "configmaps", name: "r-0" };
  const revision = await outcome((some) => untilShown(steve, { ...some, ...options }), 1_000);
  assert.equal(revision, "77");
});

Deno.test("an object that is never shown is given up after 60 s", async () => {
  const options = { type: "configmaps", name: "r-0" };
  const thrown = await outcome(
    (some) => untilShown(steveOf(EMPTY), { ...some, ...options }),
    60_000,
  );
  assert.ok(thrown instanceof CannotRunError);
  assert.equal(
    thrown.message,
    'Steve at http://steve does not show configmaps "r-0" after 1m0s (it lists no such object): ' +
      "is it a Steve of the cluster that is written to?",
  );
});

Deno.test("a type's columns are awaited; a Steve that never shows them follows no definitions", async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const answers = [["Name", "Age"], undefined, ["Name", "Name"]];
  const columns = () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer !== undefined) return Promise.resolve(answer);
    return Promise.reject(new OperationFailedError("not-found", "not known yet"));
  };
  const wanted = { clock, signal, schemaId: "example.com.foo", columns: ["Name", "Name"] };
  const shown = untilColumns({ url: "http://steve", columns }, wanted);
  await clock.advance(500);
  await shown;
  answers[0] = ["Name"];
  const never = untilColumns({ url: "http://steve", columns }, wanted);
  const refused = assert.rejects(never, /^CannotRunError: .* does not show the columns of example/);
  await clock.advance(60_000);
  await refused;
});
