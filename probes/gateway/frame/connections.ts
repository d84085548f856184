/** Over which connections a data plane is asked. @module */

import { choice, flag } from "../../../core/command/flags.ts";
import type { ConnectionKind } from "../answers/data_plane.ts";

export const CONNECTION_FLAG = flag(choice(["fresh", "kept", "both"]), {
  help: "ask over a new connection each time, over connections that are kept, or both side by side",
  default: "both",
});

export function connectionsOf(
  { connection }: { readonly connection: ConnectionKind | "both" },
): readonly ConnectionKind[] {
  return connection === "both" ? ["fresh", "kept"] : [connection];
}
