import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isSameToken, newToken, parseToken, shownToken } from "../../../core/net/bearer_token.ts";

Deno.test("a new token has 128 bits, is another one each time, and may stand in a URL", () => {
  const tokens = new Set(Array.from({ length: 100 }, newToken));
  assert.equal(tokens.size, 100);
  for (const token of tokens) {
    assert.match(token, /^[A-Za-z0-9_-]{22}$/);
    assert.equal(parseToken(token), token);
    assert.equal(encodeURIComponent(token), token);
  }
});

Deno.test("a token that is too short, too long or no token is refused without quoting it", () => {
  for (
    const text of [
      "",
      "hunter2",
      "x".repeat(15),
      "x".repeat(257),
      "with a space in it",
      "ä".repeat(20),
    ]
  ) {
    assert.throws(() => parseToken(text), (error: Error) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, /^must be 16 to 256 of A-Z, a-z, 0-9, /);
      return text === "" || !error.message.includes(text);
    });
  }
  assert.equal(parseToken("abcdefghij.KLM_~-1=="), "abcdefghij.KLM_~-1==");
});

const SHOWN: readonly [header: string | undefined, token: string | undefined][] = [
  [undefined, undefined],
  ["Bearer abc", "abc"],
  ["bearer   abc", "abc"],
  ["Basic abc", undefined],
  ["Bearer", undefined],
  ["Bearer a b", undefined],
  ["xBearer abc", undefined],
];

for (const [header, token] of SHOWN) {
  Deno.test(`authorization "${header}" shows ${token ?? "no token"}`, () => {
    const headers = new Headers(header === undefined ? {} : { authorization: header });
    assert.equal(shownToken({ headers }), token);
  });
}

Deno.test("tokens are the same if their texts are, whatever their lengths", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (one, other) => {
    assert.equal(isSameToken(one, other), one === other);
    assert.equal(isSameToken(one, one), true);
  }));
});
