/** TLS that ends a client: an alert of a server of others, and another certificate than before. @module */

import assert from "node:assert/strict";
import { createServerIdentity } from "../../core/net/mini_ca.ts";
import type { Report } from "../../core/report/report.ts";
import { H2_PEER_MODULE } from "../real/go_modules.ts";
import { requirePrograms } from "../real/require_control_plane.ts";
import { eventually } from "../support/eventually.ts";
import { GoServer } from "../support/go_h2_peer.ts";
import { H2Peer } from "../support/h2_peer.ts";
import { identity } from "../support/h2_target.ts";
import { Scaletool, scaletool, TempDir } from "../support/scaletool.ts";

Deno.test("a server that demands a certificate ends clients without one before any load", {
  ignore: !await requirePrograms({ modules: [H2_PEER_MODULE] }),
}, async () => {
  await using server = await GoServer.start(["-demands-cert"]);
  const trust = ["httperf", "--base-url", server.url, "--ca", server.caFile];
  const refused = await scaletool([...trust, "--requests", "1"]);
  assert.equal(refused.code, 1, refused.stdout + refused.stderr);
  assert.match(refused.stderr, /The server asks for a client certificate, and none was given/);
  const { requests } = await server.stop();
  assert.equal(requests, 0);
});

Deno.test("a server that comes back with a certificate of others is not talked to", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("ca.pem"), identity.caPem);
  const answer = (peer: H2Peer) =>
    peer.onRequest((stream) => stream.headers(404, {}, { endStream: true }));
  const before = new H2Peer({ identity });
  answer(before);
  await using program = new Scaletool([
    ...["httperf", "--base-url", before.baseUrl, "--ca", dir.file("ca.pem"), "--period", "0"],
    ...["--duration", "4s", "--out", dir.file("run")],
  ]);
  await eventually("asked", () => before.requestCount >= 3);
  const { port } = before;
  await before[Symbol.asyncDispose]();
  const other = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
  await using after = new H2Peer({ identity: other, port });
  answer(after);
  const { code } = await program.finished();
  assert.equal(code, 3);
  const report: Report = JSON.parse(Deno.readTextFileSync(dir.file("run/result.json")));
  const connect = report.summary.operations.find(({ op }) => op === "connect")!;
  assert.ok(connect.failures.tls! >= 1, JSON.stringify(connect.failures));
  assert.equal(after.requestCount, 0);
});
