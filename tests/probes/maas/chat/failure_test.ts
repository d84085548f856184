import assert from "node:assert/strict";
import { failureOf } from "../../../../probes/maas/chat/failure.ts";

const LIMITER =
  "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed context deadline";
const FULL = '{"object":"error","message":"waiting requests queue is full","code":429}';

type Case = readonly [
  what: string,
  status: number,
  fields: Readonly<Record<string, string>>,
  body: string,
  reason: string | undefined,
];

const reason = (text: string) => ({ "x-ext-auth-reason": text });

const CASES: readonly Case[] = [
  ["a good answer", 200, {}, "{}", undefined],
  ["no credential", 401, reason("credential not found"), "", "not-authenticated"],
  ["a bad one", 401, reason("not authenticated"), "", "not-authenticated"],
  ["401 without a word", 401, {}, "", "not-authenticated"],
  ["a dry limiter in the review", 401, reason(LIMITER), "", "auth-overload"],
  ["a dry limiter in capitals", 401, reason(LIMITER.toUpperCase()), "", "auth-overload"],
  ["a dry limiter in the access review", 403, reason(LIMITER), "", "auth-overload"],
  ["a dry limiter, wrapped", 403, reason(`not authorized: ${LIMITER}`), "", "auth-overload"],
  ["a dry limiter under another status", 500, reason(LIMITER), "", "auth-overload"],
  ["a slow API server", 401, reason("Post ...: context deadline exceeded"), "", "auth-overload"],
  ["a denial", 403, reason("not authorized: unknown reason"), "", "not-authorized"],
  ["a denial in capitals", 403, reason("Not Authorized: x"), "", "not-authorized"],
  ["Envoy's late auth service", 403, {}, "", "auth-timeout"],
  ["an empty reason", 403, reason(" "), "", "auth-timeout"],
  ["somebody else's 403", 403, {}, "RBAC: access denied", "http-403"],
  ["Kuadrant's late auth service", 500, {}, "Internal Server Error.\n", "auth-timeout"],
  ["a model that fails", 500, {}, '{"error":{"message":"out of memory"}}', "http-500"],
  ["500 without a word", 500, {}, "", "http-500"],
  ["Envoy's limiter", 429, { "x-envoy-ratelimited": "true" }, "", "rate-limited"],
  ["Kuadrant's limiter", 429, {}, "Too Many Requests\n", "rate-limited"],
  ["a model that is full, vLLM's words", 429, {}, FULL, "model-full"],
  ["OpenAI's words", 429, {}, '{"error":{"message":"queue is full"}}', "model-full"],
  ["a limiter with an error's body", 429, { "x-envoy-ratelimited": "true" }, FULL, "rate-limited"],
  ["429 of nobody known", 429, {}, "slow down", "http-429"],
  ["no route", 404, {}, "", "http-404"],
  ["no upstream", 503, {}, "no healthy upstream", "http-503"],
  ["a late model", 504, {}, "upstream request timeout", "http-504"],
  ["another good status", 204, {}, "", "http-204"],
];

Deno.test("a refusal is classed by its reason, then by its status and body", () => {
  for (const [what, status, fields, body, expected] of CASES) {
    const headers = new Map(Object.entries(fields));
    assert.equal(failureOf({ status, headers, body })?.reason, expected, what);
  }
});

Deno.test("its text is one short line with what the gateway, the model or the body says", () => {
  const textOf = (status: number, fields: Record<string, string>, body: string) =>
    failureOf({ status, headers: new Map(Object.entries(fields)), body })?.message;
  assert.equal(textOf(401, reason("not authenticated"), ""), "answered 401: not authenticated");
  assert.equal(textOf(429, {}, FULL), "answered 429: waiting requests queue is full");
  assert.equal(
    textOf(503, {}, "no\nhealthy \x1b[31mupstream"),
    "answered 503: no healthy \ufffd[31mupstream",
  );
  assert.equal(textOf(403, {}, ""), "answered 403");
  assert.ok(textOf(500, {}, "x".repeat(9_000))!.length < 200);
});
