import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { CannotRunError, UsageError } from "../../core/errors.ts";
import { resolveSettings } from "../../core/command/settings.ts";
import { HTTPERF_FLAGS } from "../../httperf/flags.ts";
import { rolesOf, withDemoValues } from "../../httperf/roles.ts";

function given(flags: Record<string, string>) {
  const texts = Object.fromEntries(Object.entries(flags).map(([name, text]) => [name, [text]]));
  const settings = { command: "httperf", flags: texts, env: () => undefined };
  return resolveSettings(HTTPERF_FLAGS, settings);
}

function roles(flags: Record<string, string>) {
  return rolesOf(given(flags).values, new Date());
}

Deno.test("neither --listen nor --base-url: both roles on a free loopback port", () => {
  const { server, client } = roles({});
  deepStrictEqual([server?.hostname, server?.port], ["127.0.0.1", 0]);
  ok(client !== undefined && client.baseUrl === undefined);
});

Deno.test("a port alone listens on all interfaces, and is no client", () => {
  const { server, client } = roles({ listen: "8080" });
  deepStrictEqual([server?.hostname, server?.port, client], ["0.0.0.0", 8080, undefined]);
});

Deno.test("--base-url alone is a client, both flags are both roles", () => {
  strictEqual(roles({ "base-url": "https://h:1" }).server, undefined);
  const both = roles({ "base-url": "https://h:1", listen: "8080" });
  ok(both.server !== undefined && both.client !== undefined);
});

Deno.test("threads are the loops of a closed model, --rate makes an open one", () => {
  deepStrictEqual(roles({ threads: "7" }).client?.model, {
    kind: "closed",
    workers: 7,
    thinkMs: 0,
  });
  const model = roles({ rate: "poisson:5/s", "max-in-flight": "9", "when-full": "drop" }).client
    ?.model;
  ok(model?.kind === "open");
  deepStrictEqual([model.arrivals.label, model.maxInFlight, model.whenFull, model.catchUp], [
    ...["poisson:5/s", 9, "drop", "burst"],
  ]);
});

Deno.test("what contradicts itself is refused before anything is opened", () => {
  const refused: [Record<string, string>, RegExp][] = [
    [{ "base-url": "http://h" }, /must be https/],
    [{ "base-url": "https://user:secret@h" }, /must not hold a user/],
    [{ listen: "8080x" }, /--listen/],
    [{ workers: "2" }, /--workers must be at most --connections/],
    [{ workers: "2", connections: "2", rate: "5/s" }, /--rate works with one thread/],
    [{ "ping-period": "20ms" }, /--ping-period must be 0 \(no PINGs\) or at least 100ms, not 20ms/],
    [{ "ping-period": "5s", http1: "true" }, /--ping-period has no effect with --http1/],
    [{ key: "k" }, /--cert and --key go together/],
  ];
  for (const [flags, says] of refused) {
    throws(() => roles(flags), (error) => error instanceof UsageError && says.test(error.message));
  }
  throws(() => roles({ ca: "/no/such/file" }), CannotRunError);
});

Deno.test("the demonstration's values give way to whatever is given, and are for the demonstration only", () => {
  const io = undefined as never;
  const demo = (flags: Record<string, string>) => {
    const { values, shown } = given(flags);
    const use = withDemoValues({ command: "httperf", values, shown, positionals: [], io });
    const { duration, threads, connections } = use.values;
    // What the manifest says is what is used.
    strictEqual(use.shown.connections?.value, String(connections));
    strictEqual(use.shown.threads?.value, String(threads));
    strictEqual(
      use.shown.threads?.source,
      "threads" in flags ? "flag" : threads === 1 ? "default" : "demo",
    );
    return [duration, threads, connections];
  };
  deepStrictEqual(demo({}), [10_000, 16, 2]);
  deepStrictEqual(demo({ threads: "3" }), [10_000, 3, 2]);
  deepStrictEqual(demo({ requests: "9" }), [undefined, 16, 2]);
  deepStrictEqual(demo({ listen: "1" }), [undefined, 1, 1]);
});
