import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import {
  componentsOf,
  parsePageSource,
  parsePodSource,
} from "../../../../probes/gateway/route_load/component_flags.ts";

const NONE = {
  "controller-metrics": [],
  "data-plane-metrics": [],
  "controller-pods": [],
  "data-plane-pods": [],
};

Deno.test("a page is of all Gateways, or of the one before the =", () => {
  const url = "http://127.0.0.1:9001/stats?a=b";
  assert.deepEqual(parsePageSource(url), { gateway: undefined, source: { kind: "page", url } });
  assert.deepEqual(parsePageSource(`infra/gw=${url}`), {
    gateway: "infra/gw",
    source: { kind: "page", url },
  });
  for (const bad of ["", "infra/gw", "ftp://a", "infra=http://a", "http://"]) {
    assert.throws(() => parsePageSource(bad), SyntaxError, bad);
  }
});

Deno.test("pods are named by namespace and labels, whose names may have a slash", () => {
  const cases: [string, string | undefined, string, string][] = [
    ["sys/app=x", undefined, "sys", "app=x"],
    ["sys/app=x,example.com/tier=y", undefined, "sys", "app=x,example.com/tier=y"],
    ["sys/app.kubernetes.io/name=x", undefined, "sys", "app.kubernetes.io/name=x"],
    ["infra/gw=sys/app=x", "infra/gw", "sys", "app=x"],
    [
      "infra/gw=sys/app.kubernetes.io/name=x",
      "infra/gw",
      "sys",
      "app.kubernetes.io/name=x",
    ],
  ];
  for (const [text, gateway, namespace, labelSelector] of cases) {
    assert.deepEqual(
      parsePodSource(text),
      { gateway, source: { kind: "pods", namespace, labelSelector } },
      text,
    );
  }
  for (const bad of ["", "sys", "app=x", "sys/", "sys/app", "/app=x"]) {
    assert.throws(() => parsePodSource(bad), SyntaxError, bad);
  }
});

Deno.test("each Gateway has its components, and what is one page is both combined", () => {
  const components = componentsOf({
    ...NONE,
    "controller-metrics": ["http://c/metrics", "a/one=http://both/metrics"],
    "data-plane-metrics": ["http://both/metrics"],
    "controller-pods": ["b/two=sys/app=x"],
  }, ["a/one", "b/two"]);
  const page = (url: string) => ({ kind: "page", url });
  assert.deepEqual(components, [
    { gateway: "a/one", name: "combined", source: page("http://both/metrics") },
    { gateway: "a/one", name: "controller", source: page("http://c/metrics") },
    { gateway: "b/two", name: "controller", source: page("http://c/metrics") },
    {
      gateway: "b/two",
      name: "controller",
      source: { kind: "pods", namespace: "sys", labelSelector: "app=x" },
    },
    { gateway: "b/two", name: "data-plane", source: page("http://both/metrics") },
  ]);
});

Deno.test("a component of a Gateway that is not under test is refused", () => {
  const given = { ...NONE, "data-plane-pods": ["x/y=sys/app=x"] };
  assert.throws(() => componentsOf(given, ["a/one"]), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /^--data-plane-pods x\/y=.*: x\/y is not among --gateways$/);
    return true;
  });
});
