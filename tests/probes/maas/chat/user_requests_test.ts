import assert from "node:assert/strict";
import { UserRequests } from "../../../../probes/maas/chat/user_requests.ts";
import type { User } from "../../../../probes/maas/users/user.ts";
import { endpointOf, QUESTION, userOf } from "./model_peer.ts";

const BOB = userOf("bob");
const ENDPOINT = { ...endpointOf({ port: 1 }), origin: new URL("https://maas.test:8443") };

Deno.test("a user's request is made once, and again when its headers are others", () => {
  const requests = new UserRequests(ENDPOINT, QUESTION);
  let token = "first";
  const user: User = {
    ...userOf("ann"),
    headers: () => [["Authorization", `Bearer ${token}`]],
  };
  const first = requests.of(user, user.headers());
  assert.equal(requests.of(user, user.headers()), first);
  token = "second";
  assert.match(
    new TextDecoder().decode(requests.of(user, user.headers())),
    /^Authorization: Bearer second\r$/m,
  );
  assert.notEqual(requests.of(BOB, BOB.headers()), requests.of(user, user.headers()));
});

Deno.test("the Host header has the port that the origin has, and the length is that of the bytes", () => {
  const requests = new UserRequests(ENDPOINT, { ...QUESTION, prompt: "größer" });
  const text = new TextDecoder().decode(requests.of(BOB, BOB.headers()));
  const [head = "", body = ""] = text.split("\r\n\r\n");
  assert.match(head, /^Host: maas\.test:8443\r$/m);
  const { length } = new TextEncoder().encode(body);
  assert.match(head, new RegExp(`^Content-Length: ${length}$`, "m"));
});

Deno.test("a credential that would be another header is refused, and not quoted", () => {
  const user = userOf("ann", "secret\r\nX-Admin: 1");
  assert.throws(
    () => new UserRequests(ENDPOINT, QUESTION).of(user, user.headers()),
    (thrown) => thrown instanceof RangeError && !thrown.message.includes("secret"),
  );
});
