import assert from "node:assert/strict";
import type { Answer } from "../../../../probes/gateway/answers/answer.ts";
import type { SceneGateway } from "../../../../probes/gateway/frame/scene_gateway.ts";
import { ChangingRoute } from "../../../../probes/gateway/route_change/changing_route.ts";
import {
  routeChangeCommand,
  type RouteChangeFlags,
} from "../../../../probes/gateway/route_change/command.ts";
import { invocationOf } from "../invocation.ts";

const GATEWAY = {
  ref: { namespace: "a", name: "gw" },
  listeners: ["http"],
} as unknown as SceneGateway;

async function changing(change: "filter" | "port" | "redirect", ...args: readonly string[]) {
  const { values, identity } = await invocationOf<RouteChangeFlags>(routeChangeCommand, args);
  return new ChangingRoute({ gateways: [GATEWAY], identity, pass: 0 }, { change, values });
}

const BACKEND = ["--backend", "shop/web:80"];

function redirected(location: string): Answer {
  return {
    ...{ kind: "status", status: 302, location, headers: new Map(), bodyHead: "" },
    ...{ askedMs: 0, atMs: 0, connection: 1 },
  };
}

function served(header: string | undefined, status = 200): Answer {
  const headers = new Map(header === undefined ? [] : [["x-scaletool-change", header]]);
  return {
    ...{ kind: "status", status, headers, bodyHead: "" },
    ...{ askedMs: 0, atMs: 0, connection: 1 },
  };
}

Deno.test("each change writes what was never there before, and changes nothing else", async () => {
  for (const change of ["filter", "port", "redirect"] as const) {
    const route = await changing(change, ...BACKEND, "--alternate-port", "8080");
    const rules = [0, 1, 2, 3].map((changes) =>
      JSON.stringify((route.after(changes)["spec"] as { rules: unknown }).rules)
    );
    assert.equal(new Set(rules).size, rules.length);
    const rest = [0, 1].map((changes) => {
      const { metadata, spec } = route.after(changes);
      return { metadata, ...spec as object, rules: undefined };
    });
    assert.deepEqual(rest[0], rest[1]);
  }
});

Deno.test("with --change port the two ports take turns", async () => {
  const route = await changing("port", ...BACKEND, "--alternate-port", "8080");
  const ports = [0, 1, 2].map((changes) =>
    /"port":(\d+)/.exec(JSON.stringify((route.after(changes)["spec"] as { rules: unknown }).rules))
      ?.[1]
  );
  assert.deepEqual(ports, ["80", "8080", "80"]);
});

Deno.test("an answer tells by its header which change it is of, or that it is none", async () => {
  const route = await changing("filter", ...BACKEND);
  assert.equal(route.changeOf(served("12")), 12);
  const strange = [served(undefined), served("x"), served("-1"), served("12", 503), served("")];
  assert.deepEqual(strange.map((answer) => route.changeOf(answer)), strange.map(() => undefined));
});

Deno.test("one that redirects tells by its place, whatever the port", async () => {
  const route = await changing("redirect");
  const { rules: [{ filters: [{ requestRedirect: { hostname } }] }] } = route.after(7)["spec"] as {
    rules: [{ filters: [{ requestRedirect: { hostname: string } }] }];
  };
  assert.equal(route.changeOf(redirected(`http://${hostname}/`)), 7);
  assert.equal(route.changeOf(redirected(`http://${hostname}:8080/`)), 7);
  const strange = [`http://x-${hostname}/`, "http://change-7.example.com/", "/", "http://"];
  assert.deepEqual(
    strange.map((location) => route.changeOf(redirected(location))),
    strange.map(() => undefined),
  );
});
