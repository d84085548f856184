import assert from "node:assert/strict";
import { FRAME } from "../../../core/h2/frame/frame_head.ts";
import { CLIENT_LIMITS } from "../../../core/h2/limits.ts";
import type { Exchange } from "../../../core/exchange.ts";
import { DrivenClient, DrivenServer } from "./driven.ts";

/** Each is more than any number of {@link import("../../../core/h2/limits.ts")}. */
const MANY = 40_000;
const TURN = 100;

const answer = (exchange: Exchange) => exchange.answer({ status: 200, headers: [] });

interface Flood {
  readonly name: string;
  /** The nth time. */
  send(end: DrivenServer, times: number): void;
  /** Nobody reads what is answered. */
  readonly isUnread?: boolean;
  readonly rule: RegExp;
}

const FLOODS: readonly Flood[] = [
  { name: "PING", send: ({ peer }) => peer.ping(), rule: /no part of a message/ },
  {
    name: "PING whose answers are not read",
    send: (end, times) => {
      end.peer.ping();
      // What else would be allowed for it.
      end.request(2 * times + 1);
    },
    isUnread: true,
    rule: /answers are not read/,
  },
  { name: "SETTINGS", send: ({ peer }) => peer.settings(), rule: /SETTINGS frames/ },
  {
    name: "SETTINGS acknowledged that were not sent",
    send: ({ peer }) => peer.settingsAck(),
    rule: /no part of a message/,
  },
  {
    name: "PRIORITY",
    send: ({ peer }) => peer.frame(FRAME.PRIORITY, 0, 1, new Uint8Array(5)),
    rule: /no part of a message/,
  },
  {
    name: "WINDOW_UPDATE",
    send: ({ peer }) => peer.windowUpdate(0, 1),
    rule: /no part of a message/,
  },
  {
    name: "frames of an unknown type",
    send: ({ peer }) => peer.frame(0xee, 0, 0, new Uint8Array(0)),
    rule: /no part/,
  },
  {
    name: "empty DATA",
    send: (end, times) => {
      if (times === 0) end.request(1, { method: "POST", endStream: false });
      end.peer.data(1, "");
    },
    rule: /no part of a message/,
  },
  {
    name: "streams begun and reset",
    send: (end, times) => {
      end.request(2 * times + 1);
      end.peer.reset(2 * times + 1, "CANCEL");
    },
    rule: /streams that were reset/,
  },
  {
    name: "streams that this end has to reset",
    send: (end, times) => {
      end.request(2 * times + 1);
      end.peer.windowUpdate(2 * times + 1, 2 ** 31 - 1);
    },
    rule: /streams that were reset/,
  },
];

for (const { name, send, isUnread = false, rule } of FLOODS) {
  Deno.test(`a flood of ${name} ends the connection`, () => {
    using end = new DrivenServer(isUnread ? answer : undefined);
    let last: string | undefined;
    for (let times = 0; times < MANY && end.endText === undefined; times++) {
      send(end, times);
      if (times % TURN > 0) continue;
      if (isUnread) end.connection.receive(end.peer.take());
      else last = end.exchange().at(-1);
    }
    assert.match(end.endText!, rule);
    assert.match(end.exchange().at(-1) ?? last!, /^GOAWAY \d+ ENHANCE_YOUR_CALM$/);
    assert.equal(end.connection.openStreams, 0);
  });
}

Deno.test("a field block in too many CONTINUATION frames ends the connection", () => {
  using end = new DrivenServer();
  end.peer.frame(FRAME.HEADERS, 0, 1, new Uint8Array(0));
  for (let times = 0; times < 40; times++) {
    end.peer.frame(FRAME.CONTINUATION, 0, 1, new Uint8Array(0));
  }
  assert.deepEqual(end.exchange(), ["GOAWAY 0 ENHANCE_YOUR_CALM"]);
});

Deno.test("a client that cancels all it may have open, again and again, is left in peace", async () => {
  using end = new DrivenServer(undefined, { settings: { maxConcurrentStreams: 1_000 } });
  let id = 1;
  for (let second = 0; second < 60; second++) {
    const first = id;
    for (; id < first + 2_000; id += 2) end.request(id);
    end.exchange();
    for (let open = first; open < id; open += 2) end.peer.reset(open, "CANCEL");
    end.exchange();
    await end.clock.advance(1_000);
  }
  assert.equal(end.endText, undefined);
  assert.equal(end.exchanges.length, 60_000);
});

Deno.test("a client that gives back every 2 KiB, and pings for every read, is left in peace", () => {
  const bytes = new Uint8Array(16_384);
  using end = new DrivenServer((exchange) =>
    exchange.answer({ status: 200, headers: [], body: { next: (most) => bytes.subarray(0, most) } })
  );
  end.peer.settings({ initialWindowBytes: 16_384 });
  end.request(1);
  end.exchange();
  for (let read = 0; read < 20_000; read++) {
    for (let part = 0; part < 4; part++) {
      end.peer.windowUpdate(0, 4_096);
      end.peer.windowUpdate(1, 4_096);
    }
    if (read % 4 === 0) end.peer.ping();
    end.exchange();
  }
  assert.equal(end.endText, undefined);
  assert.equal(end.peer.dataBytes, 16_384 * 20_001);
});

Deno.test("a server that resets whatever is asked is the client's to judge, not to flee", () => {
  using end = new DrivenClient();
  for (let id = 1; id < 50_000; id += 2) {
    end.get();
    end.exchange();
    end.peer.reset(id, "REFUSED_STREAM");
    end.exchange();
  }
  assert.equal(end.endText, undefined);
});

Deno.test("interim answers without end fail their request, and no other", () => {
  using end = new DrivenClient();
  const [flooded, other] = [end.get("/1"), end.get("/2")];
  end.exchange();
  const { maxInterimAnswers } = CLIENT_LIMITS;
  for (let times = 0; times < maxInterimAnswers; times++) {
    for (const id of [1, 3]) end.peer.headers(id, [[":status", "103"]]);
  }
  assert.deepEqual(end.exchange(), []);
  end.peer.headers(1, [[":status", "103"]]);
  end.peer.headers(3, [[":status", "200"]], { endStream: true });
  assert.deepEqual(end.exchange(), ["RST_STREAM 1 ENHANCE_YOUR_CALM"]);
  assert.match(flooded.told.join(), /^protocol RFC 9113, section 10\.5: too many interim answers/);
  assert.deepEqual(other.told, ["head 200", "end"]);
});
