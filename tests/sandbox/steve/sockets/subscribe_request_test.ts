import assert from "node:assert/strict";
import {
  keyText,
  parseSubscribeRequest,
} from "../../../../sandbox/steve/sockets/subscribe_request.ts";

const NOTHING = {
  stop: false,
  resourceType: "",
  resourceVersion: "",
  namespace: "",
  id: "",
  selector: "",
  mode: "",
  debounceMs: 0,
};

const READ: readonly [text: string, expected: Partial<typeof NOTHING>][] = [
  ["{}", {}],
  ["null", {}],
  ['{"resourceType":"configmaps","unknown":1}', { resourceType: "configmaps" }],
  ['{"RESOURCETYPE":"a","Debouncems":7}', { resourceType: "a", debounceMs: 7 }],
  ['{"stop":true,"mode":"resource.changes"}', { stop: true, mode: "resource.changes" }],
  ['{"namespace":null,"id":"x","selector":"a=b","resourceVersion":"5"}', {
    id: "x",
    selector: "a=b",
    resourceVersion: "5",
  }],
];
for (const [text, expected] of READ) {
  Deno.test(`the frame ${text} is read as the server reads it`, () => {
    assert.deepEqual(parseSubscribeRequest(text), { ...NOTHING, ...expected });
  });
}

const REFUSED: readonly [text: string, message: string][] = [
  ["", "EOF"],
  ["hello", "invalid character 'h' looking for beginning of value"],
  ['{"resourceType":', "unexpected EOF"],
  ["[]", "json: cannot unmarshal array into Go value of type subscribe.Subscribe"],
  ['"x"', "json: cannot unmarshal string into Go value of type subscribe.Subscribe"],
  [
    '{"debounceMs":"7"}',
    "json: cannot unmarshal string into Go struct field Subscribe.debounceMs of type int",
  ],
  [
    '{"debounceMs":1.5}',
    "json: cannot unmarshal number 1.5 into Go struct field Subscribe.debounceMs of type int",
  ],
];
for (const [text, message] of REFUSED) {
  Deno.test(`the frame ${JSON.stringify(text)} is refused with the words of Go`, () => {
    assert.throws(() => parseSubscribeRequest(text), { name: "SyntaxError", message });
  });
}

Deno.test("the key has everything but the resourceVersion", () => {
  const request = { ...NOTHING, resourceType: "a", namespace: "n", debounceMs: 4 };
  assert.equal(keyText(request), "a/n////4");
  assert.equal(keyText({ ...request, resourceVersion: "9" } as typeof request), keyText(request));
});
