/**
 * Who may open a socket, and what becomes of subscriptions when nobody reads?
 * @module
 */

import assert from "node:assert/strict";
import { makeConfigMap, touch, untilSteveHas } from "./asking_steve.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import type { SteveBehaviour, SteveSubject } from "./subject.ts";

/** From RFC 6455, section 1.3. */
const KEY = { key: "dGhlIHNhbXBsZSBub25jZQ==", accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" };

/** The head of the answer to an opening handshake, and the beginning of its body. */
async function handshake({ url }: SteveSubject, lines: readonly string[]): Promise<string> {
  const { hostname, port, host } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = ["GET /v1/subscribe HTTP/1.1", `Host: ${host}`, ...lines, "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(request));
  let text = "";
  const buffer = new Uint8Array(4_096);
  while (!text.includes("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return text;
}

const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${KEY.key}`,
];

/** Subscriptions that together are far behind, and how many events each has to be told. */
const READERS = 40;
const EVENTS = 10;
const VALUE_LENGTH = 200_000;
/** Longer than the server waits for a place in its queue, for each subscription. */
const UNREAD_MS = 2_000;

const clock = new SystemClock();

export const TRANSPORT: readonly SteveBehaviour[] = [
  {
    name: "a handshake is answered without a subprotocol, and without an Origin it is fine",
    check: async (subject) => {
      const head = await handshake(subject, [...UPGRADE, "Sec-WebSocket-Protocol: x"]);
      assert.match(head, /^HTTP\/1\.1 101 /);
      assert.match(
        head,
        new RegExp(`^sec-websocket-accept: ${RegExp.escape(KEY.accept)}\r$`, "im"),
      );
      assert.doesNotMatch(head, /^sec-websocket-protocol:/im);
    },
  },
  {
    name: "an Origin must be the host that is asked",
    check: async (subject) => {
      const { host } = new URL(subject.url);
      for (const origin of [`http://${host}`, `https://${host}`]) {
        assert.match(
          await handshake(subject, [...UPGRADE, `Origin: ${origin}`]),
          /^HTTP\/1\.1 101 /,
        );
      }
      for (const origin of ["http://example.com", `http://${host.split(":")[0]}`]) {
        const text = await handshake(subject, [...UPGRADE, `Origin: ${origin}`]);
        assert.match(text, /^HTTP\/1\.1 403 /);
      }
    },
  },
  {
    name: "a plain request for the socket's path is 400",
    check: async ({ url }) => {
      const response = await fetch(`${url}/v1/subscribe`);
      assert.deepEqual([response.status, await response.text()], [400, "Bad Request\n"]);
    },
  },
  {
    name: "who does not read loses subscriptions by a stop without an error",
    check: async (subject, namespace) => {
      const { metadata } = await makeConfigMap(subject, namespace, {
        name: "big",
        data: { big: "x".repeat(VALUE_LENGTH) },
      });
      let revision = "";
      for (let event = 0; event < EVENTS; event++) {
        revision = await touch(subject, namespace, { name: "big", value: `${event}` });
      }
      await untilSteveHas(subject, { revision });
      const told = await unread(subject, { namespace, resourceVersion: metadata.resourceVersion });
      assert.equal(told.size, READERS);
      for (const names of told.values()) {
        const changes = names.filter((name) => name === "resource.change").length;
        const isDropped = changes < EVENTS;
        const expected = ["resource.start", ...Array(changes).fill("resource.change")];
        assert.deepEqual(names, isDropped ? [...expected, "resource.stop"] : expected);
      }
      assert.ok([...told.values()].some((names) => names.includes("resource.stop")));
    },
  },
];

/** What {@link READERS} subscriptions were sent on a socket that was not read from for a while. */
async function unread(
  { url }: SteveSubject,
  { namespace, resourceVersion }: { namespace: string; resourceVersion: string },
): Promise<Map<string, string[]>> {
  const socket = new WebSocketStream(`${url.replace("http", "ws")}/v1/subscribe`);
  const { readable, writable } = await socket.opened;
  const writer = writable.getWriter();
  const told = new Map<string, string[]>();
  for (let reader = 0; reader < READERS; reader++) {
    // All of them match.
    const selector = `no!=${reader}`;
    told.set(selector, []);
    const subscription = { resourceType: "configmaps", namespace, selector, resourceVersion };
    await writer.write(JSON.stringify(subscription));
  }
  await clock.sleepUntil(clock.now() + UNREAD_MS);
  const isOver = (names: readonly string[]) =>
    names.at(-1) === "resource.stop" || names.length === EVENTS + 1;
  for await (const text of readable) {
    const { name, selector } = JSON.parse(text as string) as { name: string; selector: string };
    if (name !== "ping") told.get(selector)!.push(name);
    if ([...told.values()].every(isOver)) socket.close();
  }
  return told;
}
