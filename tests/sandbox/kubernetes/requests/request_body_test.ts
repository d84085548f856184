import assert from "node:assert/strict";
import { PROTOBUF_TYPE } from "../../../../sandbox/kubernetes/requests/protobuf_body.ts";
import { bodyText, bytesOfText } from "../../../../sandbox/kubernetes/requests/request_body.ts";

function request(body: BodyInit | null, contentType: string): Request {
  const headers = { "content-type": contentType };
  return new Request("http://server/", { method: "POST", headers, body });
}

Deno.test("JSON is read as UTF-8", async () => {
  assert.equal(await bodyText(request('{"a":"ä€"}', "application/json")), '{"a":"ä€"}');
});

Deno.test("every byte of Protobuf comes through", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const text = await bodyText(request(bytes, PROTOBUF_TYPE));
  assert.deepEqual([...bytesOfText(text)], [...bytes]);
});

Deno.test("no body is an empty text", async () => {
  assert.equal(await bodyText(request(null, "application/json")), "");
});
