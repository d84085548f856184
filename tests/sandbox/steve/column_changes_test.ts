import assert from "node:assert/strict";
import { SteveUnderTest } from "./steve_under_test.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const DEFINITION = `${DEFINITIONS}/foos.example.com`;
const COLUMN = { name: "Name", type: "string", jsonPath: ".metadata.name" };

function specOf(columns: readonly unknown[]) {
  return {
    group: "example.com",
    scope: "Cluster",
    names: { kind: "Foo", listKind: "FooList", plural: "foos", singular: "foo" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: "object" } },
      ...(columns.length === 0 ? {} : { additionalPrinterColumns: columns }),
    }],
  };
}

async function withFoos(faults: readonly string[] = []): Promise<SteveUnderTest> {
  const steve = await SteveUnderTest.start({ faults });
  const definition = { metadata: { name: "foos.example.com" }, spec: specOf([]) };
  await steve.write("POST", DEFINITIONS, definition);
  while ((await (await steve.get("/v1/example.com.foos")).text()) === "") continue;
  return steve;
}

function toggle(steve: SteveUnderTest, columns: readonly unknown[]) {
  return steve.write("PATCH", DEFINITION, { spec: specOf(columns) });
}

function createFoo(steve: SteveUnderTest) {
  return steve.write("POST", "/apis/example.com/v1/foos", {
    apiVersion: "example.com/v1",
    kind: "Foo",
    metadata: { name: "f" },
  });
}

async function columnNames(steve: SteveUnderTest): Promise<string[]> {
  const answer = await steve.get("/v1/schemas/example.com.foos");
  const { attributes } = await answer.json() as { attributes: { columns: { name: string }[] } };
  return attributes.columns.map(({ name }) => name);
}

Deno.test("the schema tells the columns before and after a change", async () => {
  await using steve = await withFoos();
  await using watcher = await steve.open();
  await watcher.subscribe({ resourceType: "example.com.foos" });
  assert.deepEqual(await columnNames(steve), ["Name", "Age"]);
  await toggle(steve, [COLUMN]);
  assert.deepEqual(await watcher.names(1), ["resource.stop"]);
  assert.deepEqual(await columnNames(steve), ["Name", "Name"]);
});

Deno.test("the new cache begins with the present objects as its events", async () => {
  await using steve = await withFoos();
  const created = await createFoo(steve);
  await using watcher = await steve.open();
  await watcher.subscribe({ resourceType: "example.com.foos" });
  await toggle(steve, [COLUMN]);
  assert.deepEqual(await watcher.names(1), ["resource.stop"]);
  const { revision, data } = await steve.list("/v1/example.com.foos");
  assert.equal(revision, created.metadata.resourceVersion);
  assert.deepEqual(data[0]?.metadata["fields"], ["f", "f"]);
});

Deno.test("under silent-reset nothing ends and nothing comes, and who subscribes anew hears", async () => {
  await using steve = await withFoos(["silent-reset"]);
  await using deaf = await steve.open();
  await deaf.subscribe({ resourceType: "example.com.foos" });
  await toggle(steve, [COLUMN]);
  while ((await columnNames(steve)).join() !== "Name,Name") continue;
  await using hearing = await steve.open();
  await hearing.subscribe({ resourceType: "example.com.foos" });
  await createFoo(steve);
  assert.deepEqual(await hearing.names(1), ["resource.create"]);
  assert.deepEqual(await deaf.quiet(), []);
  assert.deepEqual(steve.server.account.faults, [{
    fault: "silent-reset",
    concerned: 1,
    hit: 1,
  }]);
});
