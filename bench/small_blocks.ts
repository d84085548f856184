/**
 * Requests for small blocks by nghttp2's h2load, to scaletool's server and to Go's in turn: how many a
 * second does each answer?
 * @module
 */

import { BlockServerProcess } from "../tests/support/block_server.ts";
import { GoPeer } from "./go_peer.ts";
import { note } from "./note.ts";
import { inTurn, ratiosOf } from "./ratios.ts";

const ROUNDS = 3;
const DURATION_SEC = 4;
const CONNECTIONS = 4;
const STREAMS = 50;
const PATH = "/blocks?size=500&n=1&periodMS=0";
const PROGRAMS = ["own", "go"] as const;

export async function smallBlocks(): Promise<Record<string, unknown>> {
  await using go = await GoPeer.build();
  const figures = await inTurn<typeof PROGRAMS[number], { requestsPerSec: number }>(PROGRAMS, {
    rounds: ROUNDS,
    run: (program) => program === "own" ? ownFigures() : go && goFigures(go),
  });
  const ratios = go && ratiosOf(["requestsPerSec"], figures.own, figures.go);
  note(JSON.stringify({ ...figures, ratios }));
  return { path: PATH, connections: CONNECTIONS, streams: STREAMS, ...figures, ratios };
}

async function ownFigures() {
  await using server = await BlockServerProcess.start();
  return await loaded(server.url);
}

async function goFigures(go: GoPeer) {
  await using server = await go.serve();
  return await loaded(server.url);
}

async function loaded(url: string): Promise<{ requestsPerSec: number }> {
  const { stdout } = await new Deno.Command("h2load", {
    args: [
      ...["-c", String(CONNECTIONS), "-m", String(STREAMS)],
      ...["-D", String(DURATION_SEC), "--warm-up-time", "1", `${url}${PATH}`],
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const [, requestsPerSec] = /finished in .*?([\d.]+) req\/s/.exec(text) ?? [];
  if (!/ 0 failed, 0 errored/.test(text)) throw new Error(`h2load had failures:\n${text}`);
  return { requestsPerSec: Number(requestsPerSec) };
}
