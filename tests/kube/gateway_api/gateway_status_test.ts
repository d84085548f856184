import assert from "node:assert/strict";
import {
  addressOf,
  attachedRoutesOf,
  listenerOf,
  listenerPort,
  listenerPorts,
  programmedState,
} from "../../../kube/gateway_api/gateway_status.ts";
import { condition, gateway, listener, unwritten } from "./written.ts";

Deno.test("the count is that of the named listener, in whatever order they are", () => {
  const listeners = [
    listener("other", { attachedRoutes: 7 }),
    listener("http", { attachedRoutes: 0 }),
  ];
  const two = gateway({ listeners });
  assert.equal(attachedRoutesOf(two, "http"), 0);
  assert.equal(attachedRoutesOf(two, "other"), 7);
});

Deno.test("no count is not 0", () => {
  assert.equal(attachedRoutesOf(gateway(), "http"), undefined);
  assert.equal(attachedRoutesOf(gateway({ listeners: [listener("http")] }), "http"), undefined);
  assert.equal(attachedRoutesOf({ metadata: {} }, "http"), undefined);
  assert.equal(listenerOf(gateway(), "http"), undefined);
});

Deno.test("the address is the first, and an empty one is none", () => {
  const at = (...values: unknown[]) =>
    addressOf(gateway({ addresses: values.map((value) => ({ type: "IPAddress", value })) }));
  assert.equal(at("10.0.0.1", "10.0.0.2"), "10.0.0.1");
  assert.equal(at(""), undefined);
  assert.equal(at(), undefined);
  assert.equal(addressOf(gateway()), undefined);
});

Deno.test("the port of a listener is in the spec", () => {
  assert.equal(listenerPort(gateway(), "other"), 8081);
  assert.equal(listenerPort(gateway(), "https"), undefined);
  assert.deepEqual([...listenerPorts(gateway()).keys()], ["http", "other"]);
});

const READY = [condition("Accepted"), condition("Programmed")];

Deno.test("a Gateway is programmed when it and its listener say so", () => {
  const listeners = [listener("http", { conditions: READY })];
  const state = programmedState(gateway({ conditions: READY, listeners }), "http");
  assert.deepEqual(state, { state: "programmed", observation: "current", because: "" });
});

Deno.test("a listener that says nothing of Programmed is as its Gateway", () => {
  const listeners = [listener("http", { conditions: [condition("Accepted")] })];
  assert.equal(
    programmedState(gateway({ conditions: READY, listeners }), "http").state,
    "programmed",
  );
});

Deno.test("why a Gateway is not programmed is the listener's reason before its own", () => {
  const why = { status: "False", reason: "PortUnavailable", message: "no entry point has port 81" };
  const listeners = [listener("http", { conditions: [condition("Accepted", why)] })];
  const conditions = [
    condition("Accepted"),
    condition("Programmed", { status: "False", reason: "Invalid", message: "see listeners" }),
  ];
  assert.deepEqual(programmedState(gateway({ conditions, listeners }), "http"), {
    state: "not-programmed",
    observation: "current",
    because: 'listener "http" has Accepted=False (PortUnavailable: no entry point has port 81)',
  });
  assert.equal(
    programmedState(gateway({ conditions }), "http").because,
    "it has Programmed=False (Invalid: see listeners)",
  );
});

Deno.test("a controller that is still at it is not programmed, and a No counts before that", () => {
  const pending = condition("Programmed", { status: "Unknown", reason: "Pending" });
  assert.equal(
    programmedState(gateway({ conditions: [condition("Accepted"), pending] }), "http").because,
    "it has Programmed=Unknown (Pending)",
  );
  const refused = condition("Accepted", { status: "False", reason: "Invalid" });
  assert.equal(
    programmedState(gateway({ conditions: [pending, refused] }), "http").because,
    "it has Accepted=False (Invalid)",
  );
});

Deno.test("a status without the listener is not programmed", () => {
  const { state, because } = programmedState(gateway({ conditions: READY }), "http");
  assert.equal(`${state}: ${because}`, 'not-programmed: its status has no listener "http"');
});

const UNOBSERVED: readonly [
  name: string,
  conditions: unknown[],
  generation: number,
  told: string,
][] = [
  [
    "nobody has written",
    [unwritten("Accepted"), unwritten("Programmed")],
    1,
    "absent: no controller has looked at it yet",
  ],
  ["nobody has written a status", [], 1, "absent: no controller has looked at it yet"],
  [
    "the controller is half way",
    [condition("Accepted"), unwritten("Programmed")],
    1,
    "absent: its controller says nothing of Programmed yet",
  ],
  [
    "the controller does not use Programmed",
    [condition("Accepted")],
    1,
    "current: its controller says nothing of Programmed",
  ],
  [
    "no generation is said",
    [condition("Programmed", { generation: null })],
    1,
    "absent: its conditions do not say of which generation they are",
  ],
  [
    "generation 0 is said",
    [condition("Programmed", { generation: 0 })],
    1,
    "zero: its controller says observedGeneration 0, which none is",
  ],
  [
    "the conditions are of former times",
    READY,
    4,
    "stale: its conditions are about generation 1, and it is at 4",
  ],
];

for (const [name, conditions, generation, told] of UNOBSERVED) {
  Deno.test(`a Gateway is unobserved where ${name}`, () => {
    const listeners = [listener("http", { conditions })];
    const found = programmedState(gateway({ conditions, generation, listeners }), "http");
    assert.equal(found.state, "unobserved");
    assert.equal(`${found.observation}: ${found.because}`, told);
  });
}
