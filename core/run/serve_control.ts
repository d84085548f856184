/** The control socket of a run: what is asked there goes to its steering. @module */

import { ControlServer, refused } from "../control/control_server.ts";
import { ControlSocket } from "../control/control_socket.ts";
import { type Answer, PROTOCOL_VERSION, type Request } from "../control/protocol.ts";
import { messageOf } from "../errors.ts";
import type { Clock } from "../load/clock.ts";
import type { Say } from "../say.ts";
import { CannotChangeError, type Steering } from "./steering.ts";

interface ControlOptions {
  /** Of the run. */
  readonly directory: string;
  readonly clock: Clock;
  readonly say: Say;
}

/** Serves until it is disposed. A run that can have no socket goes on without, and says so. */
export function serveControl(
  steering: Steering,
  { directory, clock, say }: ControlOptions,
): AsyncDisposable {
  try {
    const socket = ControlSocket.listen(directory);
    return new ControlServer(socket, { clock, answer: (request) => answerOf(steering, request) });
  } catch (error) {
    say(`no control socket, so \`scaletool ctl\` cannot reach this run: ${messageOf(error)}`);
    return new AsyncDisposableStack();
  }
}

async function answerOf(steering: Steering, request: Request): Promise<Answer> {
  const version = PROTOCOL_VERSION;
  if (request.ask === "status") return { version, status: steering.status() };
  try {
    const now = await steering.change(request.change, request.by);
    return { version, inForce: { now, sinceMs: steering.status().elapsedMs } };
  } catch (error) {
    if (!(error instanceof CannotChangeError)) throw error;
    return refused({ kind: "cannotChange", message: error.message });
  }
}
