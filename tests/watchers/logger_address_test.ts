import assert from "node:assert/strict";
import { loggerAddress } from "../../watchers/logger_address.ts";

const ALL_ONES = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

const CASES: readonly { what: string; of: readonly string[]; is: string }[] = [
  { what: "nothing", of: [], is: ALL_ONES },
  { what: "loopback only", of: ["127.0.0.1", "127.8.9.10", "::1"], is: ALL_ONES },
  { what: "one address beside loopback", of: ["127.0.0.1", "192.168.1.5"], is: "192.168.1.5" },
  {
    what: "two addresses, by number and not by text",
    of: ["10.0.0.10", "10.0.0.9", "192.168.1.5"],
    is: "10.0.0.9",
  },
  { what: "both families", of: ["2001:db8::1", "fe80::1", "203.0.113.9"], is: "203.0.113.9" },
  { what: "IPv6 with zones", of: ["fe80::2%eth0", "fe80::1%eth1"], is: "fe80::1" },
  { what: "IPv6 below the mapped ones", of: ["10.0.0.1", "::2"], is: "::2" },
  { what: "a mapped address as text", of: ["::ffff:10.0.0.1", "10.0.0.2"], is: "::ffff:10.0.0.1" },
  {
    what: "groups with leading zeros",
    of: ["2001:db8:0:0:0:0:0:a", "2001:db8::9"],
    is: "2001:db8::9",
  },
];

for (const { what, of, is } of CASES) {
  Deno.test(`loggerAddress() of ${what} is ${is}, in any order`, () => {
    assert.equal(loggerAddress(of), is);
    assert.equal(loggerAddress(of.toReversed()), is);
  });
}
