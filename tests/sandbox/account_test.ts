import assert from "node:assert/strict";
import { accountText, RequestAccount } from "../../sandbox/account.ts";
import { seen } from "../../sandbox/request_kind.ts";

const LIST = seen({ method: "GET", path: "/api/v1/configmaps" });
const CREATE = seen({ method: "POST", path: "/api/v1/namespaces/ns/configmaps" });

Deno.test("requests are counted by verb and resource, the most frequent first", () => {
  const account = new RequestAccount();
  account.request(LIST)(200);
  for (const status of [201, 409, 429]) account.request(CREATE)(status);
  account.request(CREATE); // not answered yet
  assert.deepEqual(account.requests, [
    { verb: "create", resource: "configmaps", requests: 4, refused: 2 },
    { verb: "list", resource: "configmaps", requests: 1, refused: 0 },
  ]);
});

Deno.test("watches are counted while they are open, whichever way they end", async () => {
  const account = new RequestAccount();
  const [one, other, third] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  account.watch(one!.promise);
  account.watch(other!.promise);
  one!.resolve();
  other!.reject(new Error("gone"));
  await Promise.allSettled([one!.promise, other!.promise]);
  account.watch(third!.promise);
  assert.equal(account.mostWatches, 2);
});

Deno.test("the text has a table for requests and one for faults", () => {
  const requests = [
    { verb: "create", resource: "configmaps", requests: 120, refused: 24 },
    { verb: "get", resource: "/version", requests: 2, refused: 0 },
  ];
  const faults = [{ fault: "429,share=0.2", concerned: 120, hit: 24 }];
  assert.equal(
    accountText({ requests, faults, mostWatches: 3, trafficWrites: 60 }),
    `VERB    RESOURCE    REQUESTS  REFUSED
create  configmaps       120       24
get     /version           2        0

3 watches open at once, at most

FAULT          REQUESTS CONCERNED  HIT
429,share=0.2                 120   24

60 writes of the sandbox's own traffic
`,
  );
  assert.equal(
    accountText({ requests: [], faults: [], mostWatches: 0, trafficWrites: 0 }),
    "No request came.\n",
  );
});
