import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { parseThreshold } from "../../core/judge/threshold.ts";
import { Recorder } from "../../core/measure/recorder.ts";
import type { Tags } from "../../core/measure/sample.ts";
import { Totals } from "../../core/measure/totals.ts";
import {
  CONNECTION_CAUSES,
  connectionWarnings,
  noPingsWarning,
} from "../../httperf/connection_warnings.ts";
import type { ConnectionRole } from "../../httperf/connection_table.ts";

const RECEIVED = { direction: "received" };

/** What is warned of after so many requests and what else was recorded. */
function warned(
  role: ConnectionRole,
  record: (of: { count: Of; gauge: Of }, recorder: Recorder) => void,
): string[] {
  const recorder = new Recorder({ startMs: 0 });
  const at = (tags: Tags) => ({ atMs: 10, tags: { role, ...tags } });
  record({
    count: (name, value, tags = {}) => recorder.count(name, value, at(tags)),
    gauge: (name, value, tags = {}) => recorder.gauge(name, value, at(tags)),
  }, recorder);
  for (let request = 0; request < 1_000; request++) {
    recorder.record({ op: "request", dueMs: 0, sentMs: 0, doneMs: 5, outcome: { kind: "ok" } });
  }
  const totals = new Totals();
  for (const interval of recorder.rotate(1_000)) totals.add(interval);
  return connectionWarnings(totals, role).map(({ code, message }) => `${code}: ${message}`);
}
type Of = (name: string, value: number, tags?: Tags) => void;

Deno.test("a run of which nothing stood out is not warned of", () => {
  deepStrictEqual(warned("client", () => {}), []);
  deepStrictEqual(
    warned("client", ({ count, gauge }) => {
      count("resets", 0);
      count("streamWaits", 9); // of 1000
      gauge("pingWaitMs", 900);
      gauge("windowStallRatio", 0.19, { window: "stream" });
      count("resets", 5, { direction: "sent", code: "CANCEL" });
    }),
    [],
  );
});

Deno.test("windows without room are told with their share, and both causes that there can be", () => {
  deepStrictEqual(
    warned("server", ({ gauge }) => {
      gauge("windowStallRatio", 0.8, { window: "stream" });
      gauge("windowStallRatio", 0.4, { window: "stream" });
      gauge("windowStallRatio", 0.1, { window: "connection" });
    }),
    [
      "stream-window: Clients limited what was sent: for 60 % of the time bytes were ready and " +
      "their stream's window had no room. Either they were not read any faster there, or the " +
      "window is smaller than rate times round trip",
    ],
  );
});

Deno.test("without PINGs it is said of stalled requests that nobody knows whether anybody is there", () => {
  const told = (...reasons: readonly string[]) => {
    const recorder = new Recorder({ startMs: 0 });
    for (const reason of reasons) {
      const outcome = { kind: "failed", reason } as const;
      recorder.record({ op: "request", dueMs: 0, sentMs: 0, doneMs: 5, outcome });
    }
    const totals = new Totals();
    for (const interval of recorder.rotate(1_000)) totals.add(interval);
    return noPingsWarning(totals)?.message;
  };
  strictEqual(told(), undefined);
  strictEqual(told("stream-reset"), undefined);
  match(told("stalled", "stalled")!, /^2 requests stalled, and as no PINGs were sent .* dead/);
});

Deno.test("requests that waited for a stream are told with how many and how long", () => {
  const told = "stream-limit: The server's limit of concurrent streams was reached: 500 of 1000 " +
    "requests waited for one to end, ";
  const connections = "; more --connections would not wait";
  deepStrictEqual(
    warned("client", ({ count }) => {
      count("streamWaits", 500);
      count("streamWaitMs", 2_000);
    }),
    [`${told}on average 4ms${connections}`],
  );
  deepStrictEqual(
    warned("client", ({ count }, recorder) => {
      count("streamWaits", 500);
      for (let wait = 0; wait < 500; wait++) recorder.observeMs("streamWait", 8, { atMs: 500 });
    }),
    [`${told}p99 8ms${connections}`],
  );
});

Deno.test("what the other end reset and closed is told by its codes", () => {
  deepStrictEqual(
    warned("client", ({ count }) => {
      count("resets", 10, { ...RECEIVED, code: "REFUSED_STREAM" });
      count("resets", 2, { ...RECEIVED, code: "CANCEL" });
      count("goAways", 1, { ...RECEIVED, code: "NO_ERROR" });
    }),
    [
      "streams-reset: The server reset streams: REFUSED_STREAM 10, CANCEL 2",
      "goaway: The server ended connections with GOAWAY: NO_ERROR 1",
    ],
  );
});

Deno.test("of a server that wants calm it is told what would give it that", () => {
  const calm = ({ count }: { count: Of }) =>
    count("goAways", 2, { ...RECEIVED, code: "ENHANCE_YOUR_CALM" });
  const told = "ended connections with GOAWAY: ENHANCE_YOUR_CALM 2";
  deepStrictEqual(warned("client", calm), [
    `goaway: The server ${told}; if it was for the PINGs, see --ping-period`,
  ]);
  deepStrictEqual(warned("server", calm), [`goaway: Clients ${told}`]);
});

Deno.test("clients that end their requests and connections in order are not warned of", () => {
  deepStrictEqual(
    warned("server", ({ count }) => {
      count("resets", 10, { ...RECEIVED, code: "CANCEL" });
      count("goAways", 1, { ...RECEIVED, code: "NO_ERROR" });
      count("goAways", 1, { ...RECEIVED, code: "PROTOCOL_ERROR" });
    }),
    ["goaway: Clients ended connections with GOAWAY: PROTOCOL_ERROR 1"],
  );
});

Deno.test("a PING that was not answered for long is told", () => {
  deepStrictEqual(warned("client", ({ gauge }) => gauge("pingWaitMs", 12_000)), [
    "ping-unanswered: The server or the path to it did not answer a PING for 12s: what was slow " +
    "then is not the answers alone",
  ]);
});

Deno.test("one end's figures are not taken for the other's", () => {
  const recorder = new Recorder({ startMs: 0 });
  recorder.gauge("pingWaitMs", 12_000, { atMs: 1, tags: { role: "client" } });
  const totals = new Totals();
  for (const interval of recorder.rotate(1_000)) totals.add(interval);
  deepStrictEqual(connectionWarnings(totals, "server"), []);
});

Deno.test("every sign of a cause is a threshold", () => {
  for (const { sign } of CONNECTION_CAUSES) parseThreshold(sign);
});

Deno.test("rules of the protocol that the server broke are told with how often", () => {
  deepStrictEqual(
    warned("client", ({ count }) => {
      count("brokenRules", 2, { rule: "RFC 9113, section 6.9: a window grows (PROTOCOL_ERROR)" });
      count("brokenRules", 1, { rule: "others" });
    }),
    [
      "protocol: The server broke the protocol: RFC 9113, section 6.9: a window grows " +
      "(PROTOCOL_ERROR) (2); others (1)",
    ],
  );
});
