import { testSteveConformance } from "../../conformance/steve/suite.ts";
import type { SteveSubject } from "../../conformance/steve/subject.ts";

const SETTINGS = {
  /** Longer than the suite keeps a socket open that expects no pings. */
  pingPeriodMs: 20_000,
  ringEvents: 50,
  schemaRefreshMs: 100,
};

let worker: Worker;
let url = "";

Deno.test.beforeAll(async () => {
  worker = new Worker(new URL("./steve_worker.ts", import.meta.url), { type: "module" });
  const started = Promise.withResolvers<string>();
  worker.onmessage = ({ data }) => started.resolve(data);
  worker.onerror = ({ message }) => started.reject(new Error(message));
  worker.postMessage(SETTINGS);
  url = await started.promise;
});

Deno.test.afterAll(() => worker.terminate());

const subject: SteveSubject = {
  get url() {
    return url;
  },
  pingMs: SETTINGS.pingPeriodMs,
  keptEvents: SETTINGS.ringEvents,
  async ask(path, { method = "GET", body, contentType = "application/json" } = {}) {
    const response = await fetch(url + path, {
      method,
      headers: { "content-type": contentType },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  },
};

testSteveConformance(() => subject);
