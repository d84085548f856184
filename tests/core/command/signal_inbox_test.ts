import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { StopSignal } from "../../../core/command/command.ts";
import { SignalInbox } from "../../../core/command/signal_inbox.ts";
import { settled } from "../../support/settled.ts";

Deno.test("a signal goes to whoever has subscribed, and to nobody afterwards", async () => {
  const inbox = new SignalInbox();
  const received: string[] = [];
  const release = inbox.subscribe((signal) => received.push(`one ${signal}`));
  inbox.subscribe((signal) => received.push(`other ${signal}`));
  inbox.receive("SIGHUP");
  release();
  inbox.receive("SIGINT");
  deepStrictEqual(received, ["one SIGHUP", "other SIGHUP", "other SIGINT"]);
  strictEqual(await settled(inbox.unclaimed), false);
});

Deno.test("the first signal that nobody has claimed is known, also by who asks later", async () => {
  const inbox = new SignalInbox();
  inbox.receive("SIGTERM");
  inbox.receive("SIGINT");
  strictEqual(await inbox.unclaimed, "SIGTERM");
});

Deno.test("a signal is unclaimed again once its subscriber has left", async () => {
  const inbox = new SignalInbox();
  const release = inbox.subscribe(() => release());
  inbox.receive("SIGINT");
  inbox.receive("SIGTERM");
  strictEqual(await inbox.unclaimed, "SIGTERM");
});

Deno.test("who subscribes after an unclaimed signal is told of it, but not within the call", async () => {
  const inbox = new SignalInbox();
  inbox.receive("SIGTERM");
  const received: StopSignal[] = [];
  inbox.subscribe((signal) => received.push(signal));
  const release = inbox.subscribe(() => received.push("SIGHUP"));
  release();
  deepStrictEqual(received, []);
  await Promise.resolve();
  deepStrictEqual(received, ["SIGTERM"]);
});
