import { strictEqual } from "node:assert/strict";
import { Recorder } from "../../core/measure/recorder.ts";
import { Totals } from "../../core/measure/totals.ts";
import { connectionsText } from "../../httperf/live_text.ts";

function textOf(record: (recorder: Recorder) => void): string {
  const recorder = new Recorder({ startMs: 0 });
  record(recorder);
  const totals = new Totals();
  for (const interval of recorder.rotate(1_000)) totals.add(interval);
  return connectionsText(totals);
}

Deno.test("the live line tells of round trips, and of what stood still for want of room", () => {
  const text = textOf((recorder) => {
    const at = { atMs: 10 };
    for (const ms of [1, 2, 9]) {
      recorder.observeMs("pingRtt", ms, { ...at, tags: { role: "client" } });
    }
    for (const [role, ratio] of [["client", 0], ["server", 0.431]] as const) {
      recorder.gauge("windowStallRatio", ratio, { ...at, tags: { role, window: "stream" } });
    }
    recorder.count("streamWaits", 12, at);
  });
  strictEqual(text, "ping 2ms  no stream window 43.1%  waited for a stream 12");
});

Deno.test("where there is only a server, the live line has what it sends", () => {
  const sent = (recorder: Recorder) => recorder.count("sentBytes", 2_000_000, { atMs: 10 });
  strictEqual(textOf(sent), "sent 2 MB/s");
  const both = textOf((recorder) => {
    sent(recorder);
    recorder.count("receivedBytes", 2_000_000, { atMs: 10 });
  });
  strictEqual(both, "");
});

Deno.test("of connections in order it tells nothing", () => {
  strictEqual(textOf(() => {}), "");
  strictEqual(
    textOf((recorder) => {
      recorder.count("streamWaits", 0, { atMs: 10 });
      recorder.gauge("windowStallRatio", 0.001, { atMs: 10, tags: { window: "connection" } });
    }),
    "",
  );
});
