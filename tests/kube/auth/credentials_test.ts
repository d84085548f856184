/** Credentials that need no other program. @module */

import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import {
  basicAuthorization,
  bearer,
  staticCredentials,
  TokenFileCredentials,
  usableClientCert,
} from "../../../kube/auth/credentials.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { scriptedWorld } from "../scripted_world.ts";

const MINUTE_MS = 60_000;

Deno.test("static credentials are the same object each time, and a 401 changes nothing", async () => {
  const credentials = staticCredentials({ authorization: "Bearer t" });
  const first = await credentials.current();
  assert.equal(credentials.invalidate(first), false);
  assert.equal(await credentials.current(), first);
});

Deno.test("a token loses the line end of its file and must fit into a header", () => {
  assert.equal(bearer("abc.DEF-_~+/=\n", "It"), "Bearer abc.DEF-_~+/=");
  const cases: [string, string][] = [
    ["", "It is empty"],
    [" \n", "It is empty"],
    ["two words", "It is no token: it has spaces, line breaks or letters beyond ASCII"],
    ["a\nb", "It is no token: it has spaces, line breaks or letters beyond ASCII"],
    ["ü", "It is no token: it has spaces, line breaks or letters beyond ASCII"],
  ];
  for (const [token, message] of cases) {
    assert.throws(
      () => bearer(token, "It"),
      (error) => error instanceof CannotRunError && error.message === message,
    );
  }
});

Deno.test("user and password go in UTF-8, as the example of RFC 7617, section 2.1", () => {
  assert.equal(
    basicAuthorization({ username: "test", password: "123£" }),
    "Basic dGVzdDoxMjPCow==",
  );
});

Deno.test("a token file is read again a minute later and not before", async () => {
  const clock = new FakeClock(5_000);
  const world = scriptedWorld({ files: { "/t": "one" } });
  const credentials = new TokenFileCredentials({
    path: "/t",
    clock,
    readTextFile: world.readTextFile,
  });
  const first = await credentials.current();
  world.files["/t"] = "two";
  await clock.advance(MINUTE_MS - 1);
  assert.equal(await credentials.current(), first);
  await clock.advance(1);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer two" });
  world.files["/t"] = "three";
  await clock.advance(MINUTE_MS - 1);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer two" });
  await clock.advance(1);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer three" });
});

Deno.test("an unchanged token stays the same object", async () => {
  const clock = new FakeClock();
  const { readTextFile } = scriptedWorld({ files: { "/t": "one" } });
  const credentials = new TokenFileCredentials({ path: "/t", clock, readTextFile });
  const first = await credentials.current();
  await clock.advance(MINUTE_MS);
  assert.equal(await credentials.current(), first);
});

Deno.test("a token file that vanishes or is emptied leaves the token before in use", async () => {
  const clock = new FakeClock();
  const world = scriptedWorld({ files: { "/t": "one" } });
  const credentials = new TokenFileCredentials({
    path: "/t",
    clock,
    readTextFile: world.readTextFile,
  });
  for (const content of [new Deno.errors.NotFound(), "", "\n"]) {
    world.files["/t"] = content;
    await clock.advance(MINUTE_MS);
    assert.deepEqual(await credentials.current(), { authorization: "Bearer one" });
  }
  world.files["/t"] = "two";
  await clock.advance(MINUTE_MS);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer two" });
});

Deno.test("a 401 reads the token file at once, and says whether that gave another token", async () => {
  const world = scriptedWorld({ files: { "/t": "one" } });
  const clientCert = { certPem: "c", keyPem: "k" };
  const credentials = new TokenFileCredentials({
    path: "/t",
    clock: new FakeClock(),
    readTextFile: world.readTextFile,
    clientCert,
  });
  const refused = await credentials.current();
  assert.equal(credentials.invalidate(refused), false);
  world.files["/t"] = "two";
  assert.equal(credentials.invalidate(refused), true);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer two", clientCert });
  // A straggler with the old one: no reading is needed to know that there is another.
  world.files["/t"] = "three";
  assert.equal(credentials.invalidate(refused), true);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer two", clientCert });
  assert.equal(credentials.invalidate(), true);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer three", clientCert });
});

Deno.test("without its file the token beside it serves, and without that it is an error", async () => {
  const clock = new FakeClock();
  const { readTextFile } = scriptedWorld({ files: { "/empty": "" } });
  const options = { path: "/t", clock, readTextFile };
  const credentials = new TokenFileCredentials({ ...options, fallbackToken: "beside" });
  assert.deepEqual(await credentials.current(), { authorization: "Bearer beside" });
  assert.throws(
    () => new TokenFileCredentials(options),
    /^CannotRunError: Cannot read token file "\/t": no such file$/,
  );
  assert.throws(
    () => new TokenFileCredentials({ ...options, path: "/empty" }),
    /^CannotRunError: The token in "\/empty" is empty$/,
  );
});

Deno.test("an expired client certificate is refused with its date, user and origin", async () => {
  const now = new Date("2026-03-01T12:00:00Z");
  const pair = await createServerIdentity({ hosts: ["x"], validMs: 5_000, now });
  const use = (at: string, more = {}) =>
    usableClientCert({ ...pair, ...more }, { user: "u", from: '"/u.crt"', now: new Date(at) });
  assert.equal(use("2026-03-01T12:00:05Z").certPem, pair.certPem);
  assert.throws(() => use("2026-03-01T12:00:05.001Z"), {
    name: "CannotRunError",
    message: 'The client certificate of user "u" ("/u.crt") expired on 2026-03-01T12:00:05Z: ' +
      "renew it, or choose another user",
  });
  assert.throws(() => use("2026-03-01T12:00:00Z", { certPem: "secret" }), {
    message: 'The client certificate of user "u" ("/u.crt") is no PEM certificate',
  });
  assert.throws(() => use("2026-03-01T12:00:00Z", { keyPem: pair.certPem }), {
    message: 'The client key of user "u" is no PEM private key',
  });
});
