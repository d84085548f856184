import assert from "node:assert/strict";
import fc from "fast-check";
import {
  errorClass,
  isAbout,
  parseMessage,
  type SteveMessage,
  stopText,
  subscribeText,
} from "../../../../watchers/steve/fleet/messages.ts";

const NOTHING = { resourceType: "", namespace: "", id: "", mode: "" };

const CASES: readonly (readonly [string, SteveMessage])[] = [
  [
    '{"name":"resource.start","resourceType":"configmaps","mode":"resource.changes","data":{"type":"subscribe","links":{}}}\n',
    { ...NOTHING, kind: "start", resourceType: "configmaps", mode: "resource.changes" },
  ],
  [
    '{"name":"resource.changes","namespace":"n","resourceType":"secrets","revision":"985240","mode":"resource.changes","data":{"type":"subscribe","links":{}}}\n',
    {
      kind: "changes",
      namespace: "n",
      resourceType: "secrets",
      id: "",
      mode: "resource.changes",
      revision: "985240",
    },
  ],
  [
    '{"name":"resource.create","resourceType":"configmaps","id":"i","selector":"a=b","revision":"7","data":{"id":"ns/one","type":"configmap","data":{"k":"v"}}}\n',
    {
      ...NOTHING,
      kind: "create",
      resourceType: "configmaps",
      id: "i",
      revision: "7",
    },
  ],
  [
    '{"name":"resource.remove","resourceType":"example.com.foos","revision":"8","data":{"id":"one"}}',
    {
      ...NOTHING,
      kind: "remove",
      resourceType: "example.com.foos",
      revision: "8",
    },
  ],
  [
    '{"name":"resource.error","resourceType":"foos","data":{"error":"failed to find schema \\"foos\\""}}\n',
    {
      ...NOTHING,
      kind: "error",
      resourceType: "foos",
      error: 'failed to find schema "foos"',
    },
  ],
  [
    '{"name":"resource.error","data":{"error":"invalid character"}}',
    { ...NOTHING, kind: "error", error: "invalid character" },
  ],
  [
    '{"name":"resource.error","resourceType":"foos"}',
    { ...NOTHING, kind: "error", resourceType: "foos", error: "" },
  ],
  [
    '{"name":"ping","data":{"type":"subscribe","links":{},"version":"dev"}}\n',
    { ...NOTHING, kind: "ping" },
  ],
  ['{"name":"ping"}\n', { ...NOTHING, kind: "ping" }],
  ['{"name":"resource.new"}', { ...NOTHING, kind: "other" }],
];

Deno.test("every message that Steve sends is read", () => {
  for (const [text, message] of CASES) assert.deepEqual(parseMessage(text), message, text);
});

Deno.test("what is no message is malformed, and so is one that was cut off", () => {
  const whole = CASES[0]?.[0] ?? "";
  const cut = Array.from({ length: whole.length - 3 }, (_, length) => whole.slice(0, length));
  const texts = ["{}", "null", "[]", '"ping"', "x", '{"name":1}', ...cut];
  for (const text of texts) {
    assert.deepEqual(parseMessage(text), { ...NOTHING, kind: "malformed" }, text);
  }
});

Deno.test("the data of an object are not looked at", () => {
  const huge = "x".repeat(1_000_000);
  const text = `{"name":"resource.change","resourceType":"configmaps","revision":"9",` +
    `"data":{"id":"ns/big","type":"configmap","data":{"1m":"${huge}" this is no JSON }}}\n`;
  const { kind, revision } = parseMessage(text);
  assert.deepEqual({ kind, revision }, {
    kind: "change",
    revision: "9",
  });
});

/** Everything through JSON.parse. */
function naive(text: string): SteveMessage {
  const envelope = JSON.parse(text);
  const { name, namespace = "", resourceType = "", id = "", mode = "", revision, data } = envelope;
  const kinds = ["start", "create", "change", "remove", "changes", "error", "stop"] as const;
  const kind = name === "ping" ? "ping" : kinds.find((one) => name === `resource.${one}`);
  return {
    kind: kind ?? "other",
    namespace,
    resourceType,
    id,
    mode,
    ...(revision ? { revision } : {}),
    ...(kind === "error" ? { error: data?.error ?? "" } : {}),
  };
}

Deno.test("reading the front says the same as parsing the whole, in any order of keys and with any text", () => {
  const text = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom("configmaps", "1", 'a"b', "é"),
  );
  const name = fc.constantFrom("start", "create", "change", "changes", "error", "stop", "odd")
    .map((one) => `resource.${one}`);
  const data = fc.oneof(
    fc.record({ id: text, type: text, more: fc.jsonValue() }, { requiredKeys: [] }),
    fc.record({ error: text }),
    fc.record({ type: text, id: text }),
  );
  const keys = { namespace: text, resourceType: text, id: text, selector: text, revision: text };
  const envelope = fc.record({ name, ...keys, mode: text, data }, { requiredKeys: ["name"] });
  const shuffled = fc.tuple(envelope, fc.infiniteStream(fc.nat()), fc.boolean());
  fc.assert(fc.property(shuffled, ([one, order, isShuffled]) => {
    const entries = Object.entries(one);
    if (isShuffled) entries.sort(() => (order.next().value ?? 0) % 3 - 1);
    const json = JSON.stringify(Object.fromEntries(entries)) + "\n";
    assert.deepEqual(parseMessage(json), naive(json));
  }));
});

Deno.test("a subscription asks with its key and the version; its stop repeats the whole key", () => {
  const changes = { type: "secrets", mode: "resource.changes", debounceMs: 4_000 } as const;
  assert.equal(
    subscribeText(changes, "12"),
    '{"resourceType":"secrets","mode":"resource.changes","debounceMs":4000,"resourceVersion":"12"}',
  );
  assert.equal(
    stopText(changes),
    '{"resourceType":"secrets","mode":"resource.changes","debounceMs":4000,"stop":true}',
  );
  const objects = { type: "configmaps", mode: "", namespace: "n" } as const;
  assert.equal(subscribeText(objects), '{"resourceType":"configmaps","namespace":"n"}');
});

Deno.test("a message is about the subscription whose words it repeats", () => {
  const message = parseMessage(CASES[1]?.[0] ?? "");
  const spec = { type: "secrets", mode: "resource.changes", namespace: "n" } as const;
  assert.equal(isAbout(spec, message), true);
  assert.equal(isAbout({ ...spec, type: "configmaps" }, message), false);
  assert.equal(isAbout({ ...spec, mode: "" }, message), false);
  assert.equal(isAbout({ ...spec, namespace: "other" }, message), false);
  assert.equal(isAbout({ type: "secrets", mode: "resource.changes" }, message), false);
});

Deno.test("texts of Steve's errors fall into their classes", () => {
  const classes: readonly (readonly [string, string])[] = [
    ["resourceversion too old", "too-old"],
    ["too old resource version: 1 (2)", "too-old"],
    ["slow reader detected; items missed: 12", "slow-reader"],
    ["buffer was closed", "buffer-closed"],
    ['failed to find schema "foos"', "unknown-type"],
    ["schema counts does not support watching", "not-watchable"],
    ['configmaps is forbidden: User "u" cannot watch', "forbidden"],
    ["invalid character 'x' looking for beginning of value", "not-understood"],
    ["", "other"],
    ["something new", "other"],
  ];
  for (const [text, expected] of classes) assert.equal(errorClass(text), expected, text);
});
