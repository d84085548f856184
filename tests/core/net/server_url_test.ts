import assert from "node:assert/strict";
import { parseServerUrl, shownUrl } from "../../../core/net/server_url.ts";

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
