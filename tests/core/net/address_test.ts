import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Address,
  formatAddress,
  parseAddress,
  parseServerUrl,
  shownUrl,
} from "../../../core/net/address.ts";

const READ: [string, Address][] = [
  ["8080", { hostname: "127.0.0.1", port: 8080 }],
  [":8080", { hostname: "127.0.0.1", port: 8080 }],
  ["0", { hostname: "127.0.0.1", port: 0 }],
  [":65535", { hostname: "127.0.0.1", port: 65535 }],
  ["0.0.0.0:9376", { hostname: "0.0.0.0", port: 9376 }],
  ["localhost:80", { hostname: "localhost", port: 80 }],
  ["my_pod-0.my-svc.ns.svc:80", { hostname: "my_pod-0.my-svc.ns.svc", port: 80 }],
  ["1.example:80", { hostname: "1.example", port: 80 }],
  ["[::1]:9376", { hostname: "::1", port: 9376 }],
  ["[::]:0", { hostname: "::", port: 0 }],
];

const REFUSED: [string, RegExp][] = [
  ["", /a port from 0 to 65535$/],
  [":", /a port from 0 to 65535$/],
  ["localhost", /a port from 0 to 65535$/],
  ["localhost:", /a port from 0 to 65535$/],
  ["localhost:http", /a port from 0 to 65535$/],
  ["65536", /a port from 0 to 65535$/],
  ["-1", /a port from 0 to 65535$/],
  ["1e3", /a port from 0 to 65535$/],
  ["80 ", /a port from 0 to 65535$/],
  ["80\n", /a port from 0 to 65535$/],
  ["::1:8080", /\[IPV6\]:PORT$/],
  ["http://localhost:80", /\[IPV6\]:PORT$/],
  ["[::1]", /\[IPV6\]:PORT$/],
  ["[::1]8080", /\[IPV6\]:PORT$/],
  ["[]:80", /; "" is no IPv6 address$/],
  ["[localhost]:80", /; "localhost" is no IPv6 address$/],
  ["127.0.1:80", /; "127.0.1" is no host name or IPv4 address$/],
  ["999.0.0.1:80", /; "999.0.0.1" is no host name or IPv4 address$/],
  ["*:80", /; "\*" is no host name or IPv4 address$/],
  [" host:80", /; " host" is no host name or IPv4 address$/],
  ["-host:80", /; "-host" is no host name or IPv4 address$/],
  ["user@host:80", /; "user@host" is no host name or IPv4 address$/],
];

Deno.test("an address is read in each of its four forms", () => {
  for (const [text, address] of READ) assert.deepEqual(parseAddress(text), address, text);
});

Deno.test("what is no address is refused with the text and the forms that are allowed", () => {
  for (const [text, detail] of REFUSED) {
    assert.throws(() => parseAddress(text), (error) => {
      assert.ok(error instanceof SyntaxError);
      assert.ok(
        error.message.startsWith(
          `Cannot read address "${text}": expected PORT, :PORT, HOST:PORT or [IPV6]:PORT`,
        ),
        error.message,
      );
      assert.match(error.message, detail);
      return true;
    }, text);
  }
});

Deno.test("the default host stands in for a missing host only", () => {
  const options = { defaultHost: "0.0.0.0" };
  assert.deepEqual(parseAddress(":80", options), { hostname: "0.0.0.0", port: 80 });
  assert.deepEqual(parseAddress("80", options), { hostname: "0.0.0.0", port: 80 });
  assert.deepEqual(parseAddress("127.0.0.2:80", options), { hostname: "127.0.0.2", port: 80 });
});

Deno.test("every address that is written is read back", () => {
  const hostname = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  const address = fc.record({ hostname, port: fc.integer({ min: 0, max: 65535 }) });
  fc.assert(fc.property(address, (written) => {
    assert.deepEqual({ ...parseAddress(formatAddress(written)) }, { ...written });
  }));
});

Deno.test("a URL in its place is quoted without its password", () => {
  assert.throws(
    () => parseAddress("http://me:secret@host"),
    (error) =>
      error instanceof SyntaxError && error.message.includes('"http://host"') &&
      !error.message.includes("secret"),
  );
});

const example = "https://host:1";

Deno.test("a server is an http or https URL without user and password", () => {
  assert.equal(parseServerUrl("https://h:1/a", { example }).href, "https://h:1/a");
  assert.equal(parseServerUrl("h:1", { example, bareScheme: "http" }).href, "http://h:1/");
  const withQuery = { example, takesQuery: true };
  assert.equal(parseServerUrl("http://h/?a=b", withQuery).search, "?a=b");
  const refused = {
    "h:1": `must be a URL such as ${example}, not "h:1"`,
    "": `must be a URL such as ${example}, not ""`,
    "ftp://h": `must be a URL such as ${example}, not "ftp://h"`,
    "ftp://u:secret@h": "must not hold a user or password",
    "u:secret@h": `must be a URL such as ${example}`,
    "https://u:secret@h": "must not hold a user or password",
    "https://secret@h": "must not hold a user or password",
    "https://u:sec/ret@h:x": `must be a URL such as ${example}`,
    "https://h/?token=secret": "must not have a query",
    "https://h h/?token=secret": `must be a URL such as ${example}`,
  };
  for (const [text, message] of Object.entries(refused)) {
    assert.throws(() => parseServerUrl(text, { example }), { name: "SyntaxError", message }, text);
  }
});

Deno.test("what may be secret in a URL is not shown", () => {
  const cases = {
    "https://h:1/a/b": "https://h:1/a/b",
    "https://u:secret@h:1/a": "https://h:1/a",
    "https://u:s@cret@h": "https://h",
    "https://h/a?token=secret#secret": "https://h/a?...",
    "/login?state=secret": "/login?...",
    "https://h/a@b": "https://h/a@b",
    "//u:secret@h/": "//h/",
  };
  for (const [text, shown] of Object.entries(cases)) assert.equal(shownUrl(text), shown);
});
