/**
 * `deno run --allow-net model_server.ts ADDRESS PORT SETTINGS`: a model behind a gateway, which says what
 * it is told to. SETTINGS is the JSON of those that differ from the stand-in's.
 * @module
 */

import { SystemClock } from "../../../core/load/clock.ts";
import { ModelServer } from "../../../sandbox/maas/model/model_server.ts";
import { MAAS } from "./objects.ts";

const [hostname, port, settings] = Deno.args;
new ModelServer({
  clock: new SystemClock(),
  models: [MAAS.model],
  listen: { hostname: hostname!, port: Number(port) },
  settings: JSON.parse(settings!),
});
