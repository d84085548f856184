/**
 * What Go decides for the same variables and URLs. The answers in proxy_cases.json are those of
 * golang.org/x/net/http/httpproxy v0.47.0, which net/http of Go 1.26 holds a copy of.
 */
import assert from "node:assert/strict";
import { CannotRunError, UsageError } from "../../../core/errors.ts";
import {
  formatProxy,
  parseProxy,
  proxyAddress,
  proxyFromEnvironment,
} from "../../../core/net/proxy.ts";
import CASES from "./proxy_cases.json" with { type: "json" };

/** What a case's answer has to be. */
function answer(env: Record<string, string | undefined>, url: string): string | null {
  try {
    return proxyFromEnvironment(url, (name) => env[name])?.url ?? null;
  } catch (error) {
    assert.ok(error instanceof CannotRunError);
    return "refused";
  }
}

Deno.test("the proxy for a URL is the one that Go takes", () => {
  for (const [env, url, expected] of CASES as [Record<string, string>, string, string | null][]) {
    const normal = expected === null || expected === "refused" ? expected : new URL(expected).href;
    assert.equal(answer(env, url), normal, JSON.stringify([env, url]));
  }
  assert.ok(CASES.length > 100);
});

Deno.test("a proxy of the environment is called by its variable", () => {
  const env: Record<string, string> = { https_proxy: "me:secret@10.0.0.1:3128" };
  const proxy = proxyFromEnvironment("https://a.test", (name) => env[name]);
  assert.ok(proxy !== undefined);
  assert.equal(formatProxy(proxy), "proxy http://10.0.0.1:3128 (https_proxy)");
});

Deno.test("a scheme that no proxy has is refused without its text", () => {
  const env = (name: string) => name === "HTTPS_PROXY" ? "ftp://me:secret@p" : undefined;
  const message = "HTTPS_PROXY must be a URL that begins with http://, https:// or socks5://";
  assert.throws(() => proxyFromEnvironment("https://a.test", env), { message });
});

Deno.test("a proxy that is named outright needs a scheme", () => {
  for (const url of ["http://p", "https://p:1", "socks5://u:p@p", "HTTP://p"]) {
    assert.deepEqual(parseProxy(url, "--proxy-url"), { url, from: "--proxy-url" });
  }
  for (const url of ["p:1", "ftp://u:secret@p", "http://", ""]) {
    assert.throws(() => parseProxy(url, "--proxy-url"), (error) => {
      assert.ok(error instanceof UsageError);
      return !error.message.includes("secret");
    });
  }
});

Deno.test("a proxy without a port listens at that of its scheme", () => {
  const ports = { "http://p": 80, "https://p": 443, "socks5://p": 1080, "http://[::1]:1": 1 };
  for (const [url, port] of Object.entries(ports)) {
    assert.equal(proxyAddress({ url, from: "" }).port, port);
  }
  assert.equal(proxyAddress({ url: "http://[::1]:1", from: "" }).hostname, "::1");
});
