import assert from "node:assert/strict";
import { protobufObject } from "../../../../sandbox/kubernetes/requests/protobuf_body.ts";

type Content = string | number | Uint8Array;

/** One field: text and messages with their length, numbers as they are. */
function field(number: number, content: Content): number[] {
  if (typeof content === "number") return [number << 3, ...varint(content)];
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return [...varint(number << 3 | 2), ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...varint(Math.floor(value / 128))];
}

function message(...fields: number[][]): Uint8Array {
  return Uint8Array.from(fields.flat());
}

function envelope(kind: string, raw: Uint8Array, apiVersion = "v1"): Uint8Array {
  const type = message(field(1, apiVersion), field(2, kind));
  const unknown = message(field(1, type), field(2, raw), field(3, ""), field(4, ""));
  return Uint8Array.from([...new TextEncoder().encode("k8s\0"), ...unknown]);
}

function entry(key: string, value: Content): Uint8Array {
  return message(field(1, key), field(2, value));
}

Deno.test("a ConfigMap is read as JSON has it, without what Go writes although it is empty", () => {
  const metadata = message(
    field(1, "a"),
    field(2, ""),
    field(7, 0),
    field(8, new Uint8Array()),
    field(11, entry("x", "1")),
    field(11, entry("y", "")),
  );
  const raw = message(
    field(1, metadata),
    field(2, entry("k", "v")),
    field(3, entry("b", Uint8Array.of(0, 255))),
    field(4, 0),
  );
  assert.deepEqual(protobufObject(envelope("ConfigMap", raw)), {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", labels: { x: "1", y: "" } },
    data: { k: "v" },
    binaryData: { b: "AP8=" },
    immutable: false,
  });
});

Deno.test("numbers that a pointer holds are kept when they are zero", () => {
  const port = message(field(1, ""), field(3, 8080));
  const container = message(field(1, "c"), field(3, "sleep"), field(3, "1"), field(6, port));
  const template = message(field(1, message()), field(2, message(field(2, container))));
  const spec = message(field(1, 0), field(3, template), field(5, 0), field(6, 300));
  const raw = message(field(1, message(field(1, "d"))), field(2, spec));
  assert.deepEqual(protobufObject(envelope("Deployment", raw, "apps/v1")), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: {
      replicas: 0,
      template: {
        metadata: {},
        spec: {
          containers: [{ name: "c", command: ["sleep", "1"], ports: [{ containerPort: 8080 }] }],
        },
      },
      revisionHistoryLimit: 300,
    },
  });
});

for (
  const [what, target, expected] of [
    ["number", message(field(1, 0), field(2, 8080), field(3, "")), 8080],
    ["name", message(field(1, 1), field(2, 0), field(3, "http")), "http"],
  ] as const
) {
  Deno.test(`a target port can be a ${what}`, () => {
    const port = message(field(3, 80), field(4, target));
    const raw = message(field(2, message(field(1, port))));
    const { spec } = protobufObject(envelope("Service", raw)) as { spec: { ports: unknown } };
    assert.deepEqual(spec.ports, [{ port: 80, targetPort: expected }]);
  });
}

const NAMESPACE = message(field(1, message(field(1, "n"))));

for (
  const [what, body, said] of [
    ["no message", new TextEncoder().encode("{}"), /does not appear to be a protobuf message/],
    [
      "a kind that is not known",
      envelope("Gadget", message()),
      /^Cannot read a Gadget from Protobuf/,
    ],
    [
      "a field that would be lost",
      envelope("Namespace", message(field(9, "x"))),
      /^Cannot read field 9 from Protobuf here: send JSON$/,
    ],
    [
      "a message that breaks off",
      envelope("Namespace", NAMESPACE.subarray(0, 4)),
      /unexpected EOF/,
    ],
    ["a fixed-size field", envelope("Namespace", Uint8Array.of(0x0d, 1, 2, 3, 4)), /wireType 5/],
  ] as const
) {
  Deno.test(`${what} is refused`, () => {
    assert.throws(() => protobufObject(body), { name: "ApiError", message: said });
  });
}
