import { SystemClock } from "../../../core/load/clock.ts";
import { createRng } from "../../../core/load/rng.ts";
import { SANDBOX_USER } from "../../../sandbox/authentication.ts";
import { createDefinitions } from "../../../sandbox/gateway/start_objects.ts";
import { KubernetesApi } from "../../../sandbox/kubernetes/api.ts";
import { testGatewayKinds } from "../../conformance/suite.ts";
import type { Asker } from "../../conformance/subject.ts";

const api = new KubernetesApi({ clock: new SystemClock(), rng: createRng(1) });

Deno.test.beforeAll(() => createDefinitions((call) => api.handle(call)));
Deno.test.afterAll(() => api[Symbol.dispose]());

const subject: Asker = {
  async ask(path, { method = "GET", body, contentType = "application/json" } = {}) {
    const response = await api.handle({
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

testGatewayKinds(() => subject);
