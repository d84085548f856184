import { ENVOY_TRAITS, KUADRANT_TRAITS } from "../conformance/maas/subject.ts";
import type { MaasSubject, MaasTraits, MaasTrouble } from "../conformance/maas/subject.ts";
import { testMaasConformance } from "../conformance/maas/suite.ts";
import { DEFAULT_KNOBS, type SomeKnobs } from "./maas/knobs.ts";
import { maasOfFile } from "./maas/maas_of_file.ts";
import { MAAS, type Tier, tierNamespace } from "./maas/objects.ts";
import type { MaasPart } from "./maas/parts.ts";

const { ignore, ignoreLimits, plane, maas } = await maasOfFile();

/** Envoy says in a header what Kuadrant's filter keeps to itself; the rest is Kuadrant's. */
const TRAITS: MaasTraits = {
  ...KUADRANT_TRAITS,
  hasLimits: !ignoreLimits,
  chargesTokens: !ignoreLimits,
  limited: { ...KUADRANT_TRAITS.limited, header: ENVOY_TRAITS.limited.header },
};

/** What is set otherwise of which parts; undefined: the part is gone. */
const TROUBLES: Readonly<
  Record<MaasTrouble, Readonly<Partial<Record<MaasPart, SomeKnobs | undefined>>>>
> = {
  "the auth service's limiter is dry": {
    auth: { auth: { qps: 0.001, burst: 3, tokenCacheMs: 0, accessCacheMs: 0 } },
  },
  "the auth service is late": {
    auth: { auth: { delayMs: 60_000 } },
    gateway: { gateway: { authTimeoutMs: 200 } },
  },
  "the limiter is down": { limits: undefined },
};

const { auth, gateway } = DEFAULT_KNOBS;

async function during(trouble: MaasTrouble, work: () => Promise<void>): Promise<void> {
  const parts = Object.entries(TROUBLES[trouble]) as [MaasPart, SomeKnobs | undefined][];
  for (const [part, knobs] of parts) {
    await (knobs === undefined ? maas().stop(part) : maas().restart(part, knobs));
  }
  try {
    await work();
  } finally {
    for (const [part] of parts) await maas().restart(part, { auth, gateway });
  }
}

function subject(): MaasSubject {
  const { address, port, host, modelPath, model } = maas().state;
  const policy = (name: string) => ({ namespace: MAAS.gatewayNamespace, name });
  return {
    traits: TRAITS,
    ...{ address, port, host, modelPath, model },
    audience: MAAS.audience,
    tierNamespace: (tier) => tierNamespace(tier as Tier),
    policies: { requests: policy(MAAS.requestPolicy), tokens: policy(MAAS.tokenPolicy) },
    during,
    async ask(path, options = {}) {
      const { status, headers, body } = await plane().request("admin", path, options);
      return { status, headers, text: typeof body === "string" ? body : JSON.stringify(body) };
    },
  };
}

testMaasConformance(subject, { label: "real", traits: TRAITS, ignore });
