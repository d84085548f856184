import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import {
  routeChangeCommand,
  type RouteChangeFlags,
} from "../../../../probes/gateway/route_change/command.ts";
import {
  routeChange,
  useRouteChange,
} from "../../../../probes/gateway/route_change/route_change.ts";
import { invocationOf } from "../invocation.ts";
import { unmeasuredFigures } from "../unmeasured_figures.ts";

function invocation(...args: readonly string[]) {
  return invocationOf<RouteChangeFlags>(routeChangeCommand, args);
}

const ONE = ["--gateways", "a/gw"];
const BACKEND = [...ONE, "--backend", "shop/web:80"];

Deno.test("what changes follows from whether there is a Service", async () => {
  const models = [
    [ONE, "20 changes of where the route redirects, one each 200ms"],
    [BACKEND, "20 changes of a header, one each 200ms"],
    [
      [...BACKEND, "--change", "port", "--alternate-port", "8080"],
      "20 changes of a header and the Service's port, one each 200ms",
    ],
    [
      [...BACKEND, "--change", "redirect", "--changes", "3", "--period", "1s"],
      "3 changes of where the route redirects, one each 1s",
    ],
  ] as const;
  for (const [args, model] of models) {
    assert.equal(routeChange(await invocation(...args)).model, model);
  }
});

Deno.test("every threshold, sign and column is about something that is measured", async () => {
  for (const connection of ["both", "fresh", "kept"]) {
    const probe = routeChange(await invocation(...BACKEND, "--connection", connection));
    assert.deepEqual(unmeasuredFigures(probe, "update", "reconnects"), []);
  }
});

Deno.test("what no run can be made of is refused before anything is contacted", async () => {
  const wrong: readonly [RegExp, readonly string[]][] = [
    [/^--change filter changes a route to a Service: name it with --backend/, [
      ...ONE,
      ...["--change", "filter"],
    ]],
    [/^--change port changes a route to a Service/, [...ONE, "--change", "port"]],
    [/^--change port: give the other port/, [...BACKEND, "--change", "port"]],
    [/^--alternate-port goes with --change port only/, [...BACKEND, "--alternate-port", "81"]],
    [/^--alternate-port 80 is the port of --backend/, [
      ...[...BACKEND, "--change", "port", "--alternate-port", "80"],
    ]],
    [/--gateways: name at least one/, []],
  ];
  for (const [message, args] of wrong) {
    const given = await invocation(...args);
    assert.throws(() => useRouteChange(given), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});
