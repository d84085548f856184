import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { type Clock, SystemClock } from "../../../core/load/clock.ts";
import {
  execInPod,
  type ExecOptions,
  execPath,
  type OpenWebSocket,
} from "../../../kube/exec/pod_exec.ts";
import { isForbidden, StatusError } from "../../../kube/status_error.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { peer, serve, serveRaw, V4, V5 } from "./scripted_pod.ts";

const SUCCESS = JSON.stringify({ kind: "Status", status: "Success" });
const EXIT_3 = JSON.stringify({
  kind: "Status",
  status: "Failure",
  reason: "NonZeroExitCode",
  details: { causes: [{ reason: "ExitCode", message: "3" }] },
});

/** Hands a socket over only when it is open. */
function opened(open: OpenWebSocket): OpenWebSocket {
  return async (path, protocols) => {
    const socket = await open(path, protocols);
    await new Promise((resolve) => socket.onopen = resolve);
    return socket;
  };
}

/** A minute of real time at most, so that a defect fails the test and does not hang it. */
function exec(
  open: OpenWebSocket,
  options: Partial<ExecOptions> = {},
): ReturnType<typeof execInPod> {
  const clock: Clock = new SystemClock();
  const base = { namespace: "ns", pod: "p", command: ["id"], timeoutMs: 60_000, clock };
  return execInPod(open, { ...base, ...options });
}

async function rejectsWith(
  call: Promise<unknown>,
  { reason, message }: { reason: string; message: RegExp },
): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof OperationFailedError, `${error}`);
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("the path names the pod and the query says what to run, in order", () => {
  assert.equal(
    execPath({ namespace: "ns", pod: "p", command: ["sh", "-c", "a=1 && echo $a+ü"] }),
    "/api/v1/namespaces/ns/pods/p/exec" +
      "?command=sh&command=-c&command=a%3D1+%26%26+echo+%24a%2B%C3%BC&stdout=1&stderr=1",
  );
  assert.equal(
    execPath({ namespace: "a/b", pod: "c?", container: "main", command: ["cat"], stdin: "" }),
    "/api/v1/namespaces/a%2Fb/pods/c%3F/exec" +
      "?command=cat&container=main&stdin=1&stdout=1&stderr=1",
  );
});

for (const protocol of [V5, V4]) {
  for (const [status, exitCode] of [[SUCCESS, 0], [EXIT_3, 3]] as const) {
    Deno.test(`over ${protocol} a command ends with exit code ${exitCode} and its output`, async () => {
      const seen: unknown[] = [];
      await using peer = serve((pod) => {
        seen.push(new URL(pod.request.url).searchParams.getAll("command"), pod.offered);
        pod.send(1);
        pod.send(1, "out 1\n");
        pod.send(2, "err\n");
        pod.send(1, "out 2\n");
        pod.send(3, status);
        pod.close();
      }, { choose: () => protocol });
      assert.deepEqual(await exec(peer.open, { command: ["ls", "-l /"] }), {
        exitCode,
        stdout: "out 1\nout 2\n",
        stderr: "err\n",
        protocol,
      });
      assert.deepEqual(seen, [["ls", "-l /"], [V5, V4]]);
      await peer.closed;
    });
  }
}

Deno.test("a status in two messages and a character in two are whole again", async () => {
  const status = new TextEncoder().encode(EXIT_3);
  const messages = [
    [1, 0xc3],
    [1, 0xbc],
    [3, ...status.subarray(0, 40)],
    [3, ...status.subarray(40)],
  ];
  // A frame of a server: final and binary, its length, unmasked (RFC 6455, section 5.2).
  const frames = messages.flatMap((message) => [0x82, message.length, ...message]);
  await using peer = serveRaw(Uint8Array.from(frames));
  const { stdout, exitCode } = await exec(peer.open);
  assert.deepEqual([stdout, exitCode], ["ü", 3]);
  await peer.closed;
});

Deno.test("a server that does not close after the status keeps nobody waiting", async () => {
  await using peer = serve((pod) => pod.send(3, SUCCESS));
  assert.equal((await exec(peer.open)).exitCode, 0);
  // Our side has closed it.
  await peer.closed;
});

Deno.test("input is sent to its end, and only v5, which has one, is offered", async () => {
  const stdin = "line ü\n".repeat(10_000);
  await using peer = serve(async (pod) => {
    assert.deepEqual(pod.offered, [V5]);
    const bytes: number[] = [];
    for (let got = await pod.receive(); got[0] === 0; got = await pod.receive()) {
      for (const byte of got.slice(1)) bytes.push(byte);
      if (bytes.length < 80_000) continue;
      assert.deepEqual(await pod.receive(), [255, 0]);
      break;
    }
    // As cat does.
    pod.send(1, new TextDecoder().decode(Uint8Array.from(bytes)));
    pod.send(3, SUCCESS);
  });
  const { stdout, protocol } = await exec(peer.open, { command: ["cat"], stdin });
  assert.equal(protocol, V5);
  assert.equal(stdout, stdin);
  await peer.closed;
});

Deno.test("an empty input has an end too", async () => {
  await using peer = serve(async (pod) => {
    pod.send(1, JSON.stringify(await pod.receive()));
    pod.send(3, SUCCESS);
  });
  assert.equal((await exec(peer.open, { stdin: "" })).stdout, "[255,0]");
  await peer.closed;
});

Deno.test("a command that could not be started is the server's Status", async () => {
  const status = { status: "Failure", reason: "InternalError", message: "no such file", code: 500 };
  await using peer = serve((pod) => pod.send(3, JSON.stringify(status)));
  await assert.rejects(exec(peer.open), (error) => {
    assert.ok(error instanceof StatusError);
    assert.deepEqual([error.reason, error.message], ["internal-error", "no such file"]);
    return true;
  });
  await peer.closed;
});

for (const protocol of [V5, V4]) {
  Deno.test(`over ${protocol} a close before the status is an answer cut short`, async () => {
    await using peer = serve((pod) => {
      pod.send(1, "half");
      pod.send(3, SUCCESS.slice(0, 10));
      pod.close(1011, "kubelet is gone");
    }, { choose: () => protocol });
    await rejectsWith(exec(peer.open), {
      reason: "truncated",
      message:
        /^Cannot run "id" in pod ns\/p: the server closed .* \(code 1011, "kubelet is gone"\)$/,
    });
    await peer.closed;
  });
}

Deno.test("a connection that ends without a close is an answer cut short", async () => {
  await using peer = serveRaw(new Uint8Array(), { ends: true });
  await rejectsWith(exec(peer.open), { reason: "truncated", message: /ended before the command$/ });
  await peer.closed;
});

Deno.test("a frame that makes no sense breaks the protocol", async () => {
  await using peer = serveRaw(Uint8Array.of(0xff, 0xff, 0, 0));
  await rejectsWith(exec(peer.open), { reason: "protocol", message: /^Cannot run "id" in pod/ });
  await peer.closed;
});

Deno.test("an unknown channel breaks the protocol", async () => {
  await using peer = serve((pod) => pod.send(7, "?"));
  await rejectsWith(exec(peer.open), {
    reason: "protocol",
    message: /^Cannot run "id" in pod ns\/p: The server sent a message on channel 7; expected /,
  });
  await peer.closed;
});

Deno.test("a server that chooses no subprotocol cannot be understood", async () => {
  await using peer = serve(() => {}, { choose: () => undefined });
  await rejectsWith(exec(peer.open), {
    reason: "protocol",
    message: /chose subprotocol ""; expected v5\.channel\.k8s\.io or v4\.channel\.k8s\.io$/,
  });
  await peer.closed;
});

Deno.test("more output than allowed is an error", async () => {
  await using peer = serve((pod) => {
    for (let count = 0; count < 11; count++) pod.send(1, "x".repeat(100));
  });
  await rejectsWith(exec(peer.open, { maxOutputBytes: 1_000 }), {
    reason: "other",
    message: /wrote more than 1000 bytes/,
  });
  await peer.closed;
});

Deno.test("a command that writes nothing more has until the timeout, and then its connection ends", async () => {
  const clock = new FakeClock();
  const sent = Promise.withResolvers<void>();
  await using peer = serve((pod) => {
    pod.send(1, "still at it");
    sent.resolve();
  });
  const call = exec(peer.open, { clock, timeoutMs: 30_000 });
  const rejected = rejectsWith(call, {
    reason: "timeout",
    message: /^Cannot run "id" in pod ns\/p: no exit status after 30s$/,
  });
  await sent.promise;
  await clock.advance(29_999);
  assert.equal(clock.sleeperCount, 1);
  await clock.advance(1);
  await rejected;
  await peer.closed;
});

Deno.test("a connection that never opens is given up at the timeout, and closed if it opens later", async () => {
  await using peer = serve(() => {});
  const clock = new FakeClock();
  const opening = Promise.withResolvers<WebSocket>();
  const call = exec(() => opening.promise, { clock, timeoutMs: 500 });
  const rejected = rejectsWith(call, { reason: "timeout", message: /after 500ms$/ });
  await clock.advance(500);
  await rejected;
  opening.resolve(opened(peer.open)("/", [V5]));
  await peer.closed;
});

Deno.test("a call that is given up rejects with the signal's reason and closes its connection", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const sent = Promise.withResolvers<void>();
  await using peer = serve((pod) => {
    pod.send(1, "a");
    sent.resolve();
  });
  const call = exec(peer.open, { clock, signal: stop.signal });
  const reason = new Error("the run is over");
  const rejected = assert.rejects(call, (error) => error === reason);
  await sent.promise;
  stop.abort(reason);
  await rejected;
  await peer.closed;
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a call that was given up before it began opens nothing", async () => {
  const reason = new Error("the run is over");
  const call = exec(() => assert.fail("opened"), { signal: AbortSignal.abort(reason) });
  await assert.rejects(call, (error) => error === reason);
});

Deno.test("a call that is given up while it opens rejects with the signal's reason", async () => {
  const stop = new AbortController();
  const reason = new Error("the run is over");
  const call = exec(() => {
    stop.abort(reason);
    throw new Error("connect was interrupted");
  }, { signal: stop.signal });
  await assert.rejects(call, (error) => error === reason);
});

Deno.test("after a call nobody sleeps any more", async () => {
  const clock = new FakeClock();
  await using peer = serve((pod) => pod.send(3, SUCCESS));
  await exec(peer.open, { clock });
  await clock.settle();
  assert.equal(clock.sleeperCount, 0);
  await peer.closed;
});

Deno.test("a refused upgrade is the answer's status", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    return new Response('{"kind":"Status","reason":"Forbidden","code":403}', { status: 403 });
  });
  await using refusing = peer(server.addr.port, {
    closed: Promise.resolve(),
    stop: () => server.shutdown(),
  });
  await assert.rejects(exec(refusing.open), (error) => {
    assert.ok(isForbidden(error), `${error}`);
    assert.equal(
      (error as Error).message,
      'Cannot run "id" in pod ns/p: the server answered 403 and opened no WebSocket',
    );
    return true;
  });
});

Deno.test("a port where nobody listens refuses the connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await rejectsWith(exec(() => new WebSocket(`ws://127.0.0.1:${port}/`)), {
    reason: "connection-refused",
    message: /^Cannot run "id" in pod ns\/p: /,
  });
});

Deno.test("a failure to open is counted under its reason, and one with a reason stays as it is", async () => {
  await rejectsWith(exec(() => Promise.reject(new Deno.errors.ConnectionReset("reset"))), {
    reason: "connection-reset",
    message: /^Cannot run "id" in pod ns\/p: reset$/,
  });
  const own = new OperationFailedError("tls", "no certificate");
  await assert.rejects(exec(() => Promise.reject(own)), (error) => error === own);
});

Deno.test("a socket that is open already is used, and one that is closed already is none", async () => {
  await using peer = serve(async (pod) => {
    await pod.receive();
    pod.send(3, SUCCESS);
  });
  assert.equal((await exec(opened(peer.open), { stdin: "x" })).exitCode, 0);
  await peer.closed;
  const closed: OpenWebSocket = async (path, protocols) => {
    const socket = await opened(peer.open)(path, protocols);
    const over = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await over;
    return socket;
  };
  await rejectsWith(exec(closed), { reason: "connection-closed", message: /was closed as soon/ });
});
