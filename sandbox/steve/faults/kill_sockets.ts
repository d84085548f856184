/** A server that is gone: a crash, or a load balancer without a backend. @module */

import { plainSteveFault } from "./steve_fault.ts";

export const killSockets = plainSteveFault({
  name: "kill-sockets",
  does: "every socket is closed, and new ones are refused with 503",
  start: () => ({ closesSockets: true }),
});
