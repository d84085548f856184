import { SANDBOX_USER } from "../../../sandbox/authentication.ts";
import { GATEWAY, HOST, MODEL, MODEL_PATH } from "../../../sandbox/maas/installation.ts";
import { GATEWAY_AUDIENCE, type MaasSettings } from "../../../sandbox/maas/settings.ts";
import { post } from "../../conformance/asking.ts";
import {
  KUADRANT_TRAITS,
  type MaasSubject,
  type MaasTrouble,
} from "../../conformance/maas/subject.ts";
import { testMaasConformance } from "../../conformance/maas/suite.ts";
import type { Asker } from "../../conformance/subject.ts";
import { MaasUnderTest, QUICK } from "./maas_under_test.ts";

const TROUBLES: Readonly<Record<MaasTrouble, MaasSettings>> = {
  "the auth service's limiter is dry": {
    ...QUICK,
    auth: { ...QUICK.auth, clientQps: 0.001, clientBurst: 3, identityTtlMs: 0, accessTtlMs: 0 },
  },
  "the auth service is late": {
    ...QUICK,
    auth: { ...QUICK.auth, timeoutMs: 20, delayMs: 60_000 },
  },
  "the limiter is down": { ...QUICK, limiter: { ...QUICK.limiter, isDown: true } },
};

let maas: MaasUnderTest | undefined;

const asker: Asker = {
  async ask(path, { method = "GET", body, contentType = "application/json" } = {}) {
    const response = await maas!.api.handle({
      method,
      path,
      headers: new Headers({ "content-type": contentType }),
      body: body === undefined ? "" : JSON.stringify(body),
      user: SANDBOX_USER,
      signal: new AbortController().signal,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  },
};

const tierNamespace = (tier: string) => `${GATEWAY.name}-tier-${tier}`;

Deno.test.beforeAll(async () => {
  maas = await MaasUnderTest.start();
  await post(asker, "/api/v1/namespaces", { metadata: { name: tierNamespace("free") } });
});

Deno.test.afterAll(async () => await maas?.[Symbol.asyncDispose]());

function subject(): MaasSubject {
  const { standIn } = maas!;
  return {
    ...asker,
    traits: KUADRANT_TRAITS,
    address: "127.0.0.1",
    port: standIn.port,
    host: HOST,
    modelPath: MODEL_PATH,
    model: MODEL.served,
    audience: GATEWAY_AUDIENCE,
    tierNamespace,
    policies: {
      requests: { namespace: GATEWAY.namespace, name: "gateway-rate-limits" },
      tokens: { namespace: GATEWAY.namespace, name: "gateway-token-rate-limits" },
    },
    async during(trouble, work) {
      standIn.settings = TROUBLES[trouble];
      try {
        await work();
      } finally {
        standIn.settings = QUICK;
      }
    },
  };
}

testMaasConformance(subject, { label: "stand-in", traits: KUADRANT_TRAITS });
