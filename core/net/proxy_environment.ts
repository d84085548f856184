/**
 * Who follows the proxy variables of this process? Deno's `fetch` and WebSocket do by themselves, for
 * loopback too, and NO_PROXY overrules even the proxy that a client was made with. Once they are
 * hidden, proxy.ts alone decides; child processes are handed them all the same.
 * @module
 */

/** All that Deno reads. `REQUEST_METHOD` is one of Go's, and Deno leaves HTTP_PROXY out where it is set. */
const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()]);

const hidden = new Map<string, string>();

/**
 * Hides the variables from the runtime, in all its threads. To be called before the first request:
 * a client that is there keeps what it has read.
 */
export function hideProxyVariables(): void {
  for (const name of NAMES) {
    const value = Deno.env.get(name);
    if (value === undefined) continue;
    hidden.set(name, value);
    Deno.env.delete(name);
  }
}

/** The environment as the user set it. */
export function userEnv(name: string): string | undefined {
  return hidden.get(name) ?? Deno.env.get(name);
}

/** What a child process would miss otherwise. */
export function hiddenVariables(): Record<string, string> {
  return Object.fromEntries(hidden);
}
