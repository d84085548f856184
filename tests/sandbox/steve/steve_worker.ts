/**
 * A stand-in for Steve in a thread of its own, so that its timers are not those of a test. Is told the
 * settings, and says its URL; ends with the worker.
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { SteveUnderTest } from "./steve_under_test.ts";

self.onmessage = async ({ data: settings }) => {
  const { server } = await SteveUnderTest.start({ settings });
  self.postMessage(server.url);
};
