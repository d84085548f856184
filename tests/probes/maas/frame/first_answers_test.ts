/** What is said of a gateway that does not answer: whose fault, and which flag to look at. */
import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { failureText } from "../../../../probes/maas/frame/first_answers.ts";
import type { MaasTarget } from "../../../../probes/maas/target/target.ts";

function told(reason: string, message: string, { protocol = "http", tier = "gold" } = {}): string {
  const origin = new URL(`${protocol}://maas.test`);
  const endpoint = { origin, path: "/llm/opt/v1/chat/completions", model: "opt" };
  const tierNamespace = (name: string) => `gw-tier-${name}`;
  const target = { endpoint, audiences: ["gw-sa"], tierNamespace } as unknown as MaasTarget;
  return failureText(new OperationFailedError(reason, message), { tier, target });
}

Deno.test("each way of being no answer has a hint of its own", () => {
  const cases: readonly (readonly [told: string, end: RegExp])[] = [
    [
      told("tls", "invalid peer certificate: UnknownIssuer", { protocol: "https" }),
      /of an unknown authority; name the authority's with --gateway-ca FILE$/,
    ],
    [
      told("tls", "received corrupt message of type InvalidContentType", { protocol: "https" }),
      /The server's answer is not TLS; check the port in --host, --address or --protocol$/,
    ],
    [
      told("connection-closed", "connection closed before the answer"),
      /\. Does it expect TLS there\? \(--protocol\)$/,
    ],
    [
      told("connection-closed", "connection closed before the answer", { protocol: "https" }),
      /: connection closed before the answer$/,
    ],
    [
      told("not-authorized", "answered 403"),
      /the ServiceAccounts of gw-tier-gold post to the model\? \(--tiers\)$/,
    ],
    [told("http-404", "answered 404"), /serve the host maas\.test, .*\(--host, --model, --path\)$/],
    [told("http-503", "answered 503"), /: http-503: answered 503$/],
  ];
  for (const [text, end] of cases) assert.match(text, end);
});
