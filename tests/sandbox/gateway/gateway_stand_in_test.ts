import assert from "node:assert/strict";
import { GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { CONTROLLER_NAME, TRAEFIK_LIKE } from "../../../sandbox/gateway/options.ts";
import { eventually } from "../../support/eventually.ts";
import { conditionTexts, GatewayUnderTest, NAMESPACE, PARENT } from "./gateway_under_test.ts";

Deno.test("its Gateways are programmed from the start, each with an address and a port of its own", async () => {
  await using under = await GatewayUnderTest.start();
  for (const name of ["sandbox", "other"]) {
    const { addresses, conditions, listeners } = await under.gateway(name);
    assert.deepEqual(addresses, [{ type: "IPAddress", value: "127.0.0.1" }]);
    assert.deepEqual(conditionTexts(conditions), {
      Accepted: "True Accepted",
      Programmed: "True Programmed",
    });
    assert.deepEqual(listeners.map((one) => [one.name, one.attachedRoutes]), [["http", 0]]);
  }
  assert.notEqual(under.standIn.ports[0], under.standIn.ports[1]);
  const { status } = await under.kube.get(GATEWAY_CLASSES, { namespace: "", name: "sandbox" });
  const { conditions } = status as Parameters<typeof JSON.stringify>[0];
  assert.deepEqual(conditionTexts(conditions), { Accepted: "True Accepted" });
});

Deno.test("a route is accepted, counted and served, and when it is deleted no more", async () => {
  await using under = await GatewayUnderTest.start();
  await under.grant();
  assert.equal((await under.ask("a.example.com/")).status, 404);
  await under.route("a");
  const { body } = await under.eventuallyAnswers("a.example.com/x", 200);
  assert.equal(body, "port=80 path=/x service=gateways/backend\n");
  await under.eventuallyAttached(1);
  assert.equal(await under.attached("other"), 0);
  assert.deepEqual(await under.conditions("a"), {
    Accepted: "True Accepted",
    ResolvedRefs: "True ResolvedRefs",
  });
  const { metadata, status } = await under.told("a");
  const [entry] = status!.parents!;
  assert.equal(entry!.controllerName, CONTROLLER_NAME);
  assert.deepEqual(
    entry!.conditions.map(({ observedGeneration }) => observedGeneration),
    [metadata.generation, metadata.generation],
  );
  await under.remove("a");
  await under.eventuallyAttached(0);
  const gone = await under.eventuallyAnswers("a.example.com/x", 404);
  assert.equal(gone.body, "");
});

Deno.test("a backend that is not there is told, and answered with 500", async () => {
  await using under = await GatewayUnderTest.start();
  await under.grant();
  const missing = { ...PARENT, name: "missing", port: 80 };
  await under.route("a", { rules: [{ backendRefs: [missing] }] });
  await under.eventuallyAnswers("a.example.com/", 500);
  await under.eventuallyAttached(1);
  assert.deepEqual(await under.conditions("a"), {
    Accepted: "True Accepted",
    ResolvedRefs: "False BackendNotFound",
  });
  const wrongPort = { name: "backend", namespace: "gateways", port: 81 };
  await under.route("b", { rules: [{ backendRefs: [wrongPort] }] });
  await under.eventuallyAnswers("b.example.com/", 500);
});

Deno.test("without a grant a backend of another namespace is not used", async () => {
  await using under = await GatewayUnderTest.start();
  await under.route("a");
  await under.eventuallyAnswers("a.example.com/", 500);
  await under.eventuallyAttached(1);
  assert.equal((await under.conditions("a"))["ResolvedRefs"], "False RefNotPermitted");
  await under.grant();
  await under.eventuallyAnswers("a.example.com/", 200);
  await eventually(
    "resolved",
    async () => (await under.conditions("a"))["ResolvedRefs"] === "True ResolvedRefs",
  );
});

Deno.test("a Service without endpoints is 503 and resolved, or 500 and not, as is set", async () => {
  for (const settings of [{}, TRAEFIK_LIKE]) {
    await using under = await GatewayUnderTest.start({ settings });
    await under.service("empty", { isReady: false });
    await under.route("a", { rules: [{ backendRefs: [{ name: "empty", port: 80 }] }] });
    const isTraefik = settings === TRAEFIK_LIKE;
    const { body } = await under.eventuallyAnswers("a.example.com/", isTraefik ? 500 : 503);
    assert.equal(body, isTraefik ? "" : "no healthy upstream");
    await under.eventuallyAttached(1);
    assert.equal(
      (await under.conditions("a"))["ResolvedRefs"],
      isTraefik ? "False BackendNotFound" : "True ResolvedRefs",
    );
    await under.slice("empty");
    await under.eventuallyAnswers("a.example.com/", 200);
  }
});

Deno.test("a route that no listener takes is told why", async () => {
  await using under = await GatewayUnderTest.start();
  await under.kube.patch(GATEWAYS, {
    namespace: "gateways",
    name: "other",
    patch: {
      spec: {
        listeners: [{
          name: "narrow",
          protocol: "HTTP",
          port: under.standIn.ports[1],
          hostname: "*.example.com",
          allowedRoutes: { namespaces: { from: "All" } },
        }, { name: "own", protocol: "HTTP", port: under.standIn.ports[1] }],
      },
    },
  });
  const other = { ...PARENT, name: "other" };
  const parentsOf = { a: "narrow", b: "own", c: "none" };
  for (const [name, sectionName] of Object.entries(parentsOf)) {
    await under.route(name, {
      parentRefs: [{ ...other, sectionName }],
      hostnames: ["www.example.org"],
    });
  }
  const acceptedOf = async (name: string) => (await under.conditions(name))["Accepted"];
  assert.deepEqual([await acceptedOf("a"), await acceptedOf("b"), await acceptedOf("c")], [
    "False NoMatchingListenerHostname",
    "False NotAllowedByListeners",
    "False NoMatchingParent",
  ]);
  await eventually("a is counted all the same", async () => {
    const { listeners } = await under.gateway("other");
    return listeners.map((one) => one.attachedRoutes).join() === "1,0";
  });
});

Deno.test("a listener on a port that the data plane does not have is refused", async () => {
  await using under = await GatewayUnderTest.start();
  await under.kube.write("POST", GATEWAYS, {
    metadata: { name: "odd", namespace: NAMESPACE },
    spec: {
      gatewayClassName: "sandbox",
      listeners: [{ name: "http", protocol: "HTTP", port: 1 }],
    },
  });
  const statusOf = async () =>
    (await under.kube.get(GATEWAYS, { namespace: NAMESPACE, name: "odd" }))["status"] as Awaited<
      ReturnType<typeof under.gateway>
    >;
  await eventually("a status", async () => (await statusOf()).listeners !== undefined);
  const { conditions, listeners: [listener] } = await statusOf();
  assert.equal(conditionTexts(conditions)["Programmed"], "False Invalid");
  assert.deepEqual(listener!.supportedKinds, []);
  assert.deepEqual(conditionTexts(listener!.conditions), { Accepted: "False PortUnavailable" });
});

Deno.test("a Gateway that names a class of another controller is left alone", async () => {
  await using under = await GatewayUnderTest.start();
  await under.kube.write("POST", GATEWAYS, {
    metadata: { name: "foreign", namespace: NAMESPACE },
    spec: {
      gatewayClassName: "another",
      listeners: [{ name: "http", protocol: "HTTP", port: 80 }],
    },
  });
  await under.route("a", { parentRefs: [{ name: "foreign" }, PARENT] });
  const { status } = await under.told("a");
  assert.deepEqual(status!.parents!.map(({ parentRef }) => parentRef.name), ["sandbox"]);
  const { status: foreign } = await under.kube.get(GATEWAYS, {
    namespace: NAMESPACE,
    name: "foreign",
  });
  assert.deepEqual(
    (foreign as { conditions: { status: string }[] }).conditions.map((one) => one.status),
    ["Unknown", "Unknown"],
  );
});

Deno.test("a Gateway is written far more seldom than the routes that are added to it", async () => {
  await using under = await GatewayUnderTest.start();
  const versionOf = async () =>
    (await under.kube.get(GATEWAYS, {
      namespace: "gateways",
      name: "sandbox",
    })).metadata.resourceVersion;
  await under.grant();
  const seen = new Set<string | undefined>();
  const count = 200;
  for (let index = 0; index < count; index++) {
    await under.route(`r${index}`);
    seen.add(await versionOf());
  }
  await eventually("all attached", async () => {
    seen.add(await versionOf());
    return await under.attached() === count;
  });
  assert.ok(seen.size < count / 2, `${seen.size} versions`);
});

Deno.test("a write of a Gateway renews all times, and one of a route those that changed", async () => {
  await using under = await GatewayUnderTest.start();
  await under.route("a");
  await under.eventuallyAttached(1);
  const timesOf = async (name: string) => {
    const { status } = await under.told(name);
    return Object.fromEntries(
      status!.parents![0]!.conditions.map((one) => [one.type, one.lastTransitionTime]),
    );
  };
  // An old time, as if it had been written long ago.
  const old = "2020-01-01T00:00:00Z";
  const { status } = await under.told("a");
  const parents = status!.parents!.map((entry) => ({
    ...entry,
    conditions: entry.conditions.map((one) => ({ ...one, lastTransitionTime: old })),
  }));
  const at = { namespace: NAMESPACE, name: "a" };
  await under.kube.patch(HTTP_ROUTES, {
    ...at,
    subresource: "status",
    patch: { status: { parents } },
  });
  const { conditions } = await under.gateway();
  await under.kube.patch(GATEWAYS, {
    namespace: "gateways",
    name: "sandbox",
    subresource: "status",
    patch: {
      status: { conditions: conditions.map((one) => ({ ...one, lastTransitionTime: old })) },
    },
  });
  await under.grant();
  await eventually("resolved", async () => (await timesOf("a"))["ResolvedRefs"] !== old);
  assert.equal((await timesOf("a"))["Accepted"], old);
  await under.route("b");
  await under.eventuallyAttached(2);
  const after = await under.gateway();
  assert.ok(after.conditions.every(({ lastTransitionTime }) => lastTransitionTime !== old));
});

Deno.test("entries of other controllers stay, and so does that of a parent that is not asked for any more", async () => {
  await using under = await GatewayUnderTest.start();
  await under.route("a", { parentRefs: [PARENT, { name: "elsewhere" }] });
  await under.eventuallyAttached(1);
  const at = { namespace: NAMESPACE, name: "a" };
  const { status } = await under.told("a");
  const foreign = {
    ...status!.parents![0]!,
    parentRef: { name: "elsewhere", group: "gateway.networking.k8s.io", kind: "Gateway" },
    controllerName: "example.com/other",
  };
  await under.kube.patch(HTTP_ROUTES, {
    ...at,
    subresource: "status",
    patch: { status: { parents: [foreign, ...status!.parents!] } },
  });
  await under.kube.patch(HTTP_ROUTES, {
    ...at,
    patch: { spec: { parentRefs: [{ ...PARENT, name: "other" }, { name: "elsewhere" }] } },
  });
  await under.eventuallyAttached(1, "other");
  await under.eventuallyAttached(0);
  const entriesOf = async () =>
    (await under.seen("a")).status!.parents!.map((entry) => [
      entry.controllerName,
      entry.parentRef.name,
      entry.conditions[0]!.observedGeneration,
    ]);
  await eventually("a third entry", async () => (await entriesOf()).length === 3);
  assert.deepEqual(await entriesOf(), [
    ["example.com/other", "elsewhere", 1],
    [CONTROLLER_NAME, "sandbox", 1],
    [CONTROLLER_NAME, "other", 2],
  ]);
});

Deno.test("what the controller writes, its own manager owns", async () => {
  await using under = await GatewayUnderTest.start();
  await under.route("a");
  await under.eventuallyAttached(1);
  const managersOf = ({ managedFields = [] }: Record<string, unknown>) =>
    (managedFields as { manager: string; subresource?: string }[])
      .map(({ manager, subresource = "" }) => `${manager} ${subresource}`);
  const { metadata } = await under.told("a");
  assert.ok(managersOf({ ...metadata }).includes("sandbox-gateway status"));
  const { metadata: ofGateway } = await under.kube.get(GATEWAYS, {
    namespace: "gateways",
    name: "sandbox",
  });
  assert.ok(managersOf({ ...ofGateway }).includes("sandbox-gateway status"));
});
