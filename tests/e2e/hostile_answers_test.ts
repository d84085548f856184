/**
 * Whatever answers in place of the server that was asked for (a proxy's page, a half answer, another
 * program): one line that says so, exit code 1, and no stack.
 */
import assert from "node:assert/strict";
import { run } from "../../program.ts";
import { recordingIo } from "../support/recording_io.ts";
import { scaletool as spawned, TempDir } from "../support/scaletool.ts";

type Answer = (request: Request) => Response;

/** Of which Deno's server itself makes an HTTP message. */
const ANSWERS: Record<string, Answer> = {
  "an HTML page": () =>
    new Response("<!doctype html>\n<title>Sign in</title>", {
      headers: { "content-type": "text/html" },
    }),
  "HTML that is called JSON": () =>
    new Response("<html>", { headers: { "content-type": "application/json" } }),
  "half of an object": () =>
    new Response('{"kind":"Status","gitVersion":"v1', {
      headers: { "content-type": "application/json" },
    }),
  "an object of another kind": () => Response.json({ kind: "Pod", metadata: { name: "x" } }),
  "a list": () => Response.json([]),
  null: () => Response.json(null),
  "a number": () => Response.json(1),
  nothing: () => new Response(""),
  "204": () => new Response(null, { status: 204 }),
  "205": () => new Response(null, { status: 205 }),
  "304": () => new Response(null, { status: 304 }),
  "a redirect to a log-in": () =>
    new Response(null, { status: 302, headers: { location: "https://sso.test/?token=s3cret" } }),
  "a redirect that keeps the method": () =>
    new Response(null, { status: 307, headers: { location: "/elsewhere" } }),
  "300 without a place": () => new Response(null, { status: 300 }),
  "401 in HTML": () => new Response("<html>who are you", { status: 401 }),
  "403 in HTML": () => new Response("<html>no", { status: 403 }),
  "404 in HTML": () => new Response("<html>nothing here", { status: 404 }),
  "418": () => new Response("teapot", { status: 418 }),
  "501": () => new Response("not implemented", { status: 501 }),
  "gzip that is none": () =>
    new Response("not gzip at all", {
      headers: { "content-encoding": "gzip", "content-type": "application/json" },
    }),
  "a long header": () => new Response("<html>", { headers: { "x-long": "x".repeat(12_000) } }),
  "control characters": () => new Response("\x1b[2J\x07<html>\r\x1b]0;title\x07", { status: 403 }),
};

/** Bytes of which some are no HTTP at all. */
const RAW: Record<string, string> = {
  "another protocol": "SSH-2.0-OpenSSH_9.9\r\n",
  "a status line alone": "HTTP/1.1 200 OK\r\n\r\n",
  "a body that ends early": "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
  "only 100 Continue": "HTTP/1.1 100 Continue\r\n\r\n",
  "a status that is none": "HTTP/1.1 999 Whatever\r\ncontent-length: 0\r\n\r\n",
  "nothing at all": "",
};

function serve(answer: Answer) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Says the same to whoever comes, and closes. */
function serveRaw(text: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      await conn.read(new Uint8Array(65_536)).catch(() => null); // some hang up before they ask
      await conn.write(new TextEncoder().encode(text)).catch(() => 0);
      conn.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

async function scaletool(args: readonly string[], env: Record<string, string> = {}) {
  const { io, output } = recordingIo();
  const code = await run(args, { ...io, env: (name) => env[name] });
  return { code, ...output };
}

async function assertRefused(args: readonly string[], label: string): Promise<void> {
  const { code, stdout, stderr } = await scaletool(args);
  const what = `${label}: ${args.join(" ")}\n${stdout}${stderr}`;
  assert.equal(code, 1, what);
  assert.doesNotMatch(stdout + stderr, /internal error|s3cret|\n\s+at |ZodError|"code":/, what);
  if (args[0] === "doctor") return assert.equal(stderr, "", what);
  assert.equal(stdout, "", what);
  assert.match(stderr, /^scaletool: [^\n]+\n$/, what);
  assert.ok(stderr.includes("127.0.0.1"), what);
}

/** Everything whose first question goes to an API server. */
const COMMANDS = [
  ["cmdriver"],
  ["cmdriver", "--kind", "KIND"],
  ["cmdriverclosed"],
  ["flunder-driver"],
  ["cm-logger"],
  ["flunder-logger"],
  ["flunder-watch"],
  ["steve-watch", "--count", "1"],
  ["cleanup", "--all", "--dry-run"],
  ["doctor", "cm-logger"],
];

Deno.test("an API server that is none is refused in one line by every command", async () => {
  await using dir = new TempDir();
  const kind = dir.file("kind.yaml");
  await Deno.writeTextFile(kind, "apiVersion: a.test/v1\nkind: Thing\n");
  for (const [label, answer] of Object.entries(ANSWERS)) {
    await using server = serve(answer);
    for (const command of COMMANDS) {
      const args = command.map((word) => word === "KIND" ? kind : word);
      await assertRefused([...args, "--server", server.url], label);
    }
  }
});

Deno.test("a server that does not speak HTTP is refused in one line by every command", async () => {
  for (const [label, text] of Object.entries(RAW)) {
    await using server = serveRaw(text);
    const command = COMMANDS[label.length % COMMANDS.length]!.filter((word) => !/kind/i.test(word));
    await assertRefused([...command, "--server", server.url], label);
    await assertRefused(["cm-logger", "--server", server.url], label);
  }
});

/** So much of an API server that only the questions behind a path are answered with something else. */
function serveAllBut(path: RegExp, answer: Answer) {
  return serve((request) => {
    const { pathname } = new URL(request.url);
    if (path.test(pathname)) return answer(request);
    if (pathname === "/version") return Response.json({ gitVersion: "v1.36.3" });
    if (pathname.endsWith("/selfsubjectreviews")) {
      return Response.json({ status: { userInfo: { username: "ann" } } });
    }
    if (pathname.endsWith("/selfsubjectaccessreviews")) {
      return Response.json({ status: { allowed: true } });
    }
    return Response.json({ kind: "Status", code: 404, reason: "NotFound" }, { status: 404 });
  });
}

Deno.test("a later question that is answered with something else is one line, too", async () => {
  await using dir = new TempDir();
  const kind = dir.file("kind.yaml");
  await Deno.writeTextFile(kind, "apiVersion: a.test/v1\nkind: Thing\n");
  const questions: [RegExp, string[]][] = [
    [/selfsubjectreviews$/, ["cm-logger"]],
    [/selfsubjectaccessreviews$/, ["cmdriver"]],
    [/selfsubjectaccessreviews$/, ["flunder-watch"]],
    [/selfsubjectaccessreviews$/, ["steve-watch", "--count", "1"]],
    [/endpoint/, ["cmdriverclosed"]],
    [/\/apis\/a\.test/, ["cmdriver", "--kind", kind]],
    [/\/apis$/, ["cleanup", "--all", "--dry-run"]],
  ];
  const { "an HTML page": page, "half of an object": half, "a list": list, "418": teapot } =
    ANSWERS;
  for (const [path, command] of questions) {
    for (const answer of [page, half, list, teapot]) {
      // It asks again for half a minute after what looks like a broken connection.
      if (answer === half && command[0] === "cleanup") continue;
      await using server = serveAllBut(path, answer!);
      await assertRefused([...command, "--server", server.url], String(path));
    }
  }
});

Deno.test("a run that finds something else while it gets ready ends with a line, and cleans up", async () => {
  await using dir = new TempDir();
  await using server = serveAllBut(/\/namespaces\/scaletest$/, ANSWERS["an HTML page"]!);
  const args = ["cmdriver", "--server", server.url, "-q"];
  const { code, stdout, stderr } = await spawned(args, { cwd: dir.path });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /\nscaletool: The server does not let the load begin: [^\n]+\n$/);
  assert.doesNotMatch(stderr, /internal error/);
});

Deno.test("a Steve that is none is refused in one line", async () => {
  await using api = serveAllBut(/never/, () => new Response());
  for (const [label, answer] of Object.entries(ANSWERS)) {
    await using steve = serve(answer);
    const args = ["steve-watch", "--server", api.url, "--steve-url", steve.url, "--count", "1"];
    await assertRefused([...args, "--username", "ann", "--password", "s3cret"], label);
  }
});

Deno.test("an httperf server that is none is refused in one line, or its answers are failures", async () => {
  for (const text of Object.values(RAW)) {
    await using server = serveRaw(text);
    const url = server.url.replace("http:", "https:");
    await assertRefused(["httperf", "--base-url", url, "--requests", "1"], "not TLS");
  }
});

Deno.test("no control character of a server reaches stderr, with or without a run", async () => {
  const message = "no\u001b[1m\u0007\u009b1m";
  const refuse = () => Response.json({ kind: "Status", message }, { status: 400 });
  for (const path of [/^\/version$/, /\/namespaces\/scaletest$/]) {
    await using dir = new TempDir();
    await using server = serveAllBut(path, refuse);
    const args = ["cmdriver", "--server", server.url];
    const { code, stderr } = await spawned(args, { cwd: dir.path });
    assert.equal(code, 1, stderr);
    assert.ok(stderr.includes("no\u{fffd}[1m\u{fffd}\u{fffd}1m"), JSON.stringify(stderr));
    assert.doesNotMatch(stderr.replaceAll("\n", ""), /\p{Cc}/u);
  }
});
