import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRunId } from "../../../../core/command/run_id.ts";
import { domainOf, hostnameOf, pathOf } from "../../../../probes/gateway/objects/hostname.ts";

/** As the definition of HTTPRoutes asks for it. */
const HOSTNAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

Deno.test("host names are a route's own or the same for all", () => {
  assert.equal(hostnameOf(7, "unique"), "route-7.scaletool.example.com");
  assert.equal(hostnameOf(7, "shared"), "routes.scaletool.example.com");
  assert.equal(hostnameOf(8, "shared"), hostnameOf(7, "shared"));
});

const runId = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,48}[a-z0-9])?$/);

Deno.test("every run has a domain in which all names can be host names", () => {
  fc.assert(fc.property(runId, fc.integer({ min: 1, max: 100_000 }), (id, index) => {
    const name = hostnameOf(index, "unique", domainOf(parseRunId(id)));
    assert.match(name, HOSTNAME);
    assert.ok(name.length <= 253 && name.split(".").every((label) => label.length <= 63), name);
  }));
});

/** Source: gateway-api, apis/v1/httproute_types.go, PathMatchPathPrefix: element by element. */
function fits(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

Deno.test("no path of a route is that of another or below it", () => {
  const index = fc.integer({ min: 1, max: 100_000 });
  fc.assert(fc.property(index, index, (one, other) => {
    assert.equal(fits(pathOf(one), `${pathOf(other)}/served`), one === other);
  }));
});
