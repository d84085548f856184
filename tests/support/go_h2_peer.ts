/** Go's HTTP/2 at the other end (tests/real/modules/h2peer): as a server and as a client. @module */

import assert from "node:assert/strict";
import { ensureBinaries } from "../real/build.ts";
import { H2_PEER_MODULE } from "../real/go_modules.ts";
import { outputOf } from "./command_output.ts";
import { PeerServer } from "./peer_server.ts";

/** Whose HTTP/2: the one in Go's standard library, or the newer golang.org/x/net. */
export type GoLibrary = "net/http" | "x/net";
export const GO_LIBRARIES: readonly GoLibrary[] = ["net/http", "x/net"];

/** What Go's server saw until its end. */
export interface GoServed {
  readonly connections: number;
  readonly requests: number;
  readonly mostOpen: number;
  /** Answers whose client went away. */
  readonly brokenOff: number;
  /** Of blocks, those of broken-off answers included as far as they were written. */
  readonly bytes: number;
  /** Requests by `HTTP/2.0`. */
  readonly protocols: Readonly<Record<string, number>>;
}

/** What Go's client saw; every byte of it was the right one, or it is a failure. */
export interface GoFetched {
  readonly connections: number;
  readonly whole: number;
  /** Ended by the client in the middle, as it was told. */
  readonly givenUp: number;
  readonly bytes: number;
  readonly protocols: Readonly<Record<string, number>>;
  /** By what Go said of them. */
  readonly failures: Readonly<Record<string, number>>;
}

async function goPeer(): Promise<string> {
  return (await ensureBinaries([H2_PEER_MODULE])).get("h2peer")!;
}

/** Runs Go's client to its end; flags as in h2peer's client.go. */
export async function goFetch(
  server: { url: string; caFile: string },
  flags: readonly string[],
): Promise<GoFetched> {
  const { code, text } = await outputOf(await goPeer(), [
    ...["fetch", "-base-url", server.url, "-ca", server.caFile],
    ...flags,
  ]);
  assert.equal(code, 0, text);
  return JSON.parse(text);
}

/** Go's server on a free loopback port. Dispose it to end it. */
export class GoServer implements AsyncDisposable {
  private constructor(readonly url: string, readonly process: PeerServer) {}

  /** Flags as in h2peer's server.go. */
  static async start(flags: readonly string[] = []): Promise<GoServer> {
    const process = await PeerServer.start(await goPeer(), ({ certFile, keyFile }) => [
      ...["serve", "-cert", certFile, "-key", keyFile],
      ...flags,
    ]);
    const [port] = await process.line(/^\d+$/m);
    return new GoServer(`https://127.0.0.1:${port}`, process);
  }

  get caFile(): string {
    return this.process.caFile;
  }

  /** Says GOAWAY, takes nothing new and lets streams end; resolves when they have. */
  async shutDown(): Promise<void> {
    await this.process.tell("shutdown");
    await this.process.line(/is shut down/);
  }

  /** Ends it. */
  async stop(): Promise<GoServed> {
    await this.process.endInput();
    const [served] = await this.process.line(/^\{.*\}$/m);
    return JSON.parse(served);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}
