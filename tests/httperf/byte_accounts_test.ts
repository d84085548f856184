import assert from "node:assert/strict";
import { ByteAccounts, OTHER_CLIENTS } from "../../httperf/byte_accounts.ts";

Deno.test("what is added counts for the client and in total", () => {
  const accounts = new ByteAccounts();
  accounts.of("a").add("streams");
  accounts.of("a").add("bytes", 500);
  accounts.of("b").add("streams");
  accounts.of("b").add("bytes", 7);
  accounts.of("b").add("completed");
  accounts.of("b").add("rejected");
  accounts.of("b").add("invalid");
  assert.deepEqual(accounts.clients, {
    a: { bytes: 500, streams: 1, completed: 0, cancelled: 0, rejected: 0, invalid: 0 },
    b: { bytes: 7, streams: 1, completed: 1, cancelled: 0, rejected: 1, invalid: 1 },
  });
  assert.deepEqual(accounts.total, {
    bytes: 507,
    streams: 2,
    completed: 1,
    cancelled: 0,
    rejected: 1,
    invalid: 1,
  });
});

Deno.test("what was read does not change with later additions", () => {
  const accounts = new ByteAccounts();
  accounts.of("a").add("bytes", 1);
  const { total, clients } = accounts;
  accounts.of("a").add("bytes", 1);
  assert.equal(total.bytes, 1);
  assert.equal(clients["a"]?.bytes, 1);
});

Deno.test("clients beyond 1000 share one account, and known ones keep theirs", () => {
  const accounts = new ByteAccounts();
  for (let index = 0; index < 1_500; index++) accounts.of(`client-${index}`).add("streams");
  accounts.of("client-0").add("streams");
  const { clients, total } = accounts;
  assert.equal(Object.keys(clients).length, 1_001);
  assert.equal(clients["client-0"]?.streams, 2);
  assert.equal(clients[OTHER_CLIENTS]?.streams, 500);
  assert.equal(total.streams, 1_501);
});

Deno.test("a client's name is cut at 100 characters and may be that of an object's property", () => {
  const accounts = new ByteAccounts();
  accounts.of("x".repeat(5_000)).add("streams");
  accounts.of("__proto__").add("streams");
  assert.deepEqual(Object.keys(accounts.clients), ["x".repeat(100), "__proto__"]);
});
