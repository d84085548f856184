import assert from "node:assert/strict";
import { hierarchiesIn } from "./cgroups.ts";

const V1 = `tmpfs /sys/fs/cgroup tmpfs ro,nosuid,nodev,noexec,mode=755 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0
`;
const V2 = `proc /proc proc rw 0 0
cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0
`;

Deno.test("a node has a cgroup in each hierarchy that is mounted", () => {
  assert.deepEqual(hierarchiesIn(V1), [
    { path: "/sys/fs/cgroup/cpu,cpuacct", version: 1 },
    { path: "/sys/fs/cgroup/memory", version: 1 },
    { path: "/sys/fs/cgroup/unified", version: 2 },
  ]);
  assert.deepEqual(hierarchiesIn(V2), [{ path: "/sys/fs/cgroup", version: 2 }]);
  assert.deepEqual(hierarchiesIn("none /mnt tmpfs rw 0 0\n"), []);
});
