/** What a gateway that does not answer its users is told with. @module */

import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { failureText } from "../../../../probes/maas/frame/first_answers.ts";
import type { MaasTarget } from "../../../../probes/maas/target/target.ts";

const TARGET = {
  endpoint: { origin: new URL("https://maas.test/"), path: "/v1/chat/completions", model: "opt" },
  audiences: ["gw-sa"],
  tierNamespace: (tier: string) => `gw-tier-${tier}`,
} as unknown as MaasTarget;

function hint(reason: "tls" | "not-authorized", message: string): string {
  const error = new OperationFailedError(reason, message);
  return failureText(error, { tier: "gold", target: TARGET }).split("; ").at(-1)!;
}

Deno.test("a server that speaks no TLS is not one whose authority is unknown", () => {
  const noTls = "received corrupt message of type InvalidContentType";
  assert.equal(hint("tls", noTls), "does it speak TLS there? (--protocol, --address)");
  const untrusted = "invalid peer certificate: UnknownIssuer";
  assert.equal(hint("tls", untrusted), "name its authority with --gateway-ca");
});

Deno.test("users that may not use the model are named by their own namespace", () => {
  assert.match(hint("not-authorized", "unknown reason"), /of gw-tier-gold post .*--tiers/);
});
