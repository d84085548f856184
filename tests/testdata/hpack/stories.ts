/**
 * Lists of header fields that one connection sends one after the other, for which each implementation
 * has its own bytes. Characters of values are bytes.
 * @module
 */

export type Field = readonly [name: string, value: string];

export interface Story {
  readonly name: string;
  /** Not all implementations send what HTTP forbids. */
  readonly isHttp: boolean;
  readonly steps: readonly Step[];
}

/** A list that is sent, or what the receiver's SETTINGS_HEADER_TABLE_SIZE is from now on. */
export type Step = { readonly fields: readonly Field[] } | { readonly tableBytes: number };

const PODS = "/api/v1/namespaces/team-a/pods";

function request(path: string, ...more: Field[]): Step {
  return {
    fields: [
      [":method", "GET"],
      [":path", path],
      [":scheme", "https"],
      [":authority", "api.example.test:6443"],
      ["accept", "application/json"],
      ["user-agent", "scaletool/0.1 (linux/amd64)"],
      ...more,
    ],
  };
}

function response(status: number, ...more: Field[]): Step {
  return {
    fields: [
      [":status", String(status)],
      ["content-type", "application/json"],
      ["audit-id", `7d0c52e4-0000-4000-8000-00000000${status}0`],
      ...more,
    ],
  };
}

function times(count: number, make: (index: number) => Step): Step[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Of 70 to 130 bytes as table entries, so that about 40 of them fill 4,096. */
function distinct(index: number): Step {
  return {
    fields: [
      [":status", "200"],
      [`x-entry-${index}`, `value ${index} `.repeat(2 + index % 5).trim()],
      [`x-entry-${index - 5}`, "again"],
    ],
  };
}

export const STORIES: readonly Story[] = [
  {
    name: "requests",
    isHttp: true,
    steps: [
      ...times(4, () => request(PODS)),
      ...times(8, (index) => request(`${PODS}/pod-${index}?resourceVersion=${index * 7_919}`)),
      request("/", ["authorization", "Bearer abc.def-0123"], ["accept-encoding", "gzip, br"]),
      request("/", ["authorization", "Bearer abc.def-0123"], ["cookie", "a=1"], ["x-empty", ""]),
      request(`/${"long/".repeat(300)}`, ["x-long", "0123456789;".repeat(200)]),
      request(PODS),
    ],
  },
  {
    name: "responses",
    isHttp: true,
    steps: [200, 204, 206, 304, 400, 404, 500, 201, 409, 429, 503, 200, 429].map((status) =>
      response(status, ["date", "Tue, 03 Mar 2026 10:00:00 GMT"], ["content-length", `${status}3`])
    ),
  },
  { name: "evictions", isHttp: true, steps: times(120, distinct) },
  {
    name: "every byte in a value",
    isHttp: false,
    steps: times(16, (row) => ({
      fields: [
        ["x-bytes", String.fromCharCode(...Array.from({ length: 16 }, (_, at) => 16 * row + at))],
        // Alone among what is short in Huffman's code, each is worth coding.
        ...Array.from({ length: 16 }, (_, at): Field => [
          "x-byte",
          `aeiost012${"aeiost012".repeat(3)}${String.fromCharCode(16 * row + at)}`,
        ]),
      ],
    })),
  },
  {
    name: "table sizes",
    isHttp: false,
    steps: [
      ...times(10, distinct),
      { tableBytes: 256 },
      ...times(10, distinct),
      { tableBytes: 0 },
      ...times(3, distinct),
      { tableBytes: 1_000 },
      ...times(10, distinct),
      { tableBytes: 100 },
      { tableBytes: 4_096 },
      ...times(40, distinct),
    ],
  },
];
