/** What is judged of this machine, and how it is read. */
import assert from "node:assert/strict";
import {
  countCpus,
  judgeCpu,
  judgeMemory,
  readCgroupLimits,
} from "../../../kube/doctor/machine.ts";
import {
  judgeDirectory,
  judgeOpenFiles,
  parseFileLimit,
  wantedDirectories,
} from "../../../kube/doctor/files.ts";

const V2 = "/sys/fs/cgroup";
const MEBIBYTE = 2 ** 20;

function limits(files: Record<string, string>) {
  return readCgroupLimits((path) => files[path]);
}

const NO_LIMITS = { cpuCores: Infinity, throttledRatio: undefined, memoryFreeBytes: Infinity };

Deno.test("without control groups nothing is known", () => assert.equal(limits({}), undefined));

Deno.test("version 2: the tightest limit up to the root counts", () => {
  const files = {
    "/proc/self/cgroup": "0::/kubepods/pod1/c1\n",
    [`${V2}/cgroup.controllers`]: "cpu memory\n",
    [`${V2}/kubepods/pod1/c1/cpu.max`]: "200000 100000\n",
    [`${V2}/kubepods/pod1/cpu.max`]: "150000 100000\n",
    [`${V2}/kubepods/cpu.max`]: "max 100000\n",
    [`${V2}/kubepods/pod1/c1/cpu.stat`]: "usage_usec 5\nnr_periods 200\nnr_throttled 50\n",
    [`${V2}/kubepods/pod1/c1/memory.max`]: "max\n",
    [`${V2}/kubepods/pod1/c1/memory.current`]: "5\n",
    [`${V2}/kubepods/pod1/memory.max`]: "1000\n",
    [`${V2}/kubepods/pod1/memory.current`]: "400\n",
  };
  assert.deepEqual(limits(files), { cpuCores: 1.5, throttledRatio: 0.25, memoryFreeBytes: 600 });
});

Deno.test("version 2 in a container: its group is the root of what it sees", () => {
  const files = {
    "/proc/self/cgroup": "0::/\n",
    [`${V2}/cgroup.controllers`]: "cpu memory\n",
    [`${V2}/cpu.max`]: "50000 100000\n",
    [`${V2}/memory.max`]: "100\n",
    [`${V2}/memory.current`]: "200\n",
  };
  assert.deepEqual(limits(files), { ...NO_LIMITS, cpuCores: 0.5, memoryFreeBytes: 0 });
});

Deno.test("version 1: each controller has its own tree, and -1 and the largest number are no limit", () => {
  const files = {
    "/proc/self/cgroup": "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n",
    [`${V2}/cpu,cpuacct/cpu.cfs_quota_us`]: "25000\n",
    [`${V2}/cpu,cpuacct/cpu.cfs_period_us`]: "100000\n",
    [`${V2}/cpu,cpuacct/docker/abc/cpu.cfs_quota_us`]: "-1\n",
    [`${V2}/cpu,cpuacct/docker/abc/cpu.cfs_period_us`]: "100000\n",
    [`${V2}/memory/docker/abc/memory.limit_in_bytes`]: "9223372036854771712\n",
    [`${V2}/memory/docker/abc/memory.usage_in_bytes`]: "1\n",
  };
  assert.deepEqual(limits(files), { ...NO_LIMITS, cpuCores: 0.25 });
});

const CPU_LISTS: readonly [list: string, count: number][] = [["0", 1], ["0-3", 4], [
  "0-1,4,8-9",
  5,
]];

for (const [list, count] of CPU_LISTS) {
  Deno.test(`the CPUs ${list} are ${count}`, () => assert.equal(countCpus(list), count));
}

const CPUS: readonly [given: Partial<Parameters<typeof judgeCpu>[0]>, judged: string][] = [
  [{}, "ok: 2 cores, no CPU limit"],
  [{ cores: 1, quotaCores: 1 }, "ok: 1 core, a CPU limit of 1 cores"],
  [
    { quotaCores: 0.5 },
    "warning: 2 cores, a CPU limit of 0.5 cores; 0 % of the periods so far were throttled",
  ],
  [
    { quotaCores: 2, throttledRatio: 0.5 },
    "warning: 2 cores, a CPU limit of 2 cores; 50 % of the periods so far were throttled",
  ],
  [{ throttledRatio: 0.01 }, "ok: 2 cores, no CPU limit"],
  [{ requestsPerSec: 4_500 }, "ok: 2 cores, no CPU limit"],
  [
    { requestsPerSec: 4_600 },
    "warning: 2 cores, no CPU limit; the run is to send 4600 requests/s, and one process manages about 4500",
  ],
  [
    { requestsPerSec: 500, quotaCores: 0.1 },
    "warning: 2 cores, a CPU limit of 0.1 cores; the run is to send 500 requests/s, and one process manages about 450",
  ],
];

for (const [given, expected] of CPUS) {
  Deno.test(`CPU: ${JSON.stringify(given)}`, () => {
    const { status, what } = judgeCpu({
      cores: 2,
      quotaCores: Infinity,
      requestsPerSec: null,
      ...given,
    });
    assert.equal(`${status}: ${what}`, expected);
  });
}

const MEMORIES: readonly [given: Partial<Parameters<typeof judgeMemory>[0]>, judged: string][] = [
  [{}, "ok: 8 GB free on the machine"],
  [{ limitFreeBytes: 128 * MEBIBYTE }, "ok: 134 MB free up to the memory limit"],
  [
    { limitFreeBytes: 127 * MEBIBYTE },
    "warning: 133 MB free up to the memory limit, and the run may take 134 MB more",
  ],
  [
    { machineFreeBytes: 1e6, limitFreeBytes: 1e9 },
    "warning: 1 MB free on the machine, and the run may take 134 MB more",
  ],
  [
    { limitFreeBytes: 1e9, objects: 1e6 },
    "warning: 1 GB free up to the memory limit, and the run may take 1.16 GB more",
  ],
  [{ objects: Infinity }, "ok: 8 GB free on the machine"],
  [{ machineFreeBytes: NaN }, "unknown: this system has no /proc/meminfo"],
  [{ machineFreeBytes: NaN, limitFreeBytes: 1e9 }, "ok: 1 GB free up to the memory limit"],
];

for (const [given, expected] of MEMORIES) {
  Deno.test(`memory: ${JSON.stringify(given)}`, () => {
    const { status, what } = judgeMemory({
      machineFreeBytes: 8e9,
      limitFreeBytes: Infinity,
      objects: 0,
      ...given,
    });
    assert.equal(`${status}: ${what}`, expected);
  });
}

Deno.test("the limit of open files is read from the table of the kernel", () => {
  const text = (soft: string, hard: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             1  2  processes \nMax open files            ${soft}                 ${hard}               files     \n`;
  assert.deepEqual(parseFileLimit(text("1024", "4096")), { soft: 1_024, hard: 4_096 });
  assert.deepEqual(parseFileLimit(text("unlimited", "unlimited")), {
    soft: Infinity,
    hard: Infinity,
  });
  assert.equal(parseFileLimit("nothing of it"), undefined);
  assert.equal(parseFileLimit(undefined), undefined);
});

Deno.test("open files: below what the run takes is a problem, little above it a warning", () => {
  const judged = (soft: number, hard = soft) =>
    judgeOpenFiles({ limit: { soft, hard }, openNow: 20, sockets: 10 });
  const takes = "the run takes about 34, 10 of them sockets";
  assert.equal(judged(50).what, `limit 50; ${takes}`);
  assert.equal(judged(Infinity).what, `no limit; ${takes}`);
  assert.deepEqual(
    [50, 49, 34, 33].map((soft) => judged(soft).status),
    ["ok", "warning", "warning", "problem"],
  );
  assert.equal(judged(33, 100).fix, "ulimit -n 50");
  assert.match(
    judged(33).fix ?? "",
    /^ulimit -n 50 in a shell whose hard limit allows it \(here 33;/,
  );
  assert.equal(judgeOpenFiles({ limit: undefined, openNow: 1, sockets: 1 }).status, "unknown");
});

Deno.test("files go to the run directory, and where the CSV is asked for", () => {
  assert.deepEqual(wantedDirectories({}), ["scaletool-runs"]);
  assert.deepEqual(wantedDirectories({ out: "a/b", datafile: "x.csv" }), ["a/b", "."]);
  assert.deepEqual(wantedDirectories({ "data-filename": "/data/{{.RunID}}-log.csv" }), [
    "scaletool-runs",
    "/data",
  ]);
  assert.deepEqual(wantedDirectories({ "data-filename": "" }), ["scaletool-runs"]);
});

const FOLDERS: readonly [given: Partial<Parameters<typeof judgeDirectory>[0]>, judged: string][] = [
  [{}, 'ok: "/a" can be written, 9 GB free'],
  [{ holdsRun: true }, 'problem: "/a" holds a run already'],
  [{ writeError: "read-only" }, 'problem: cannot write to "/a": read-only'],
  [{ freeBytes: 499e6 }, 'warning: "/a" can be written, 499 MB free'],
  [{ freeBytes: 0 }, 'problem: "/a" can be written, 0 B free'],
  [{ freeBytes: NaN }, 'unknown: "/a" can be written; this system does not tell how much is free'],
];

for (const [given, expected] of FOLDERS) {
  Deno.test(`a folder: ${JSON.stringify(given)}`, () => {
    const { status, what } = judgeDirectory({
      wanted: ["/a/b"],
      existing: "/a",
      holdsRun: false,
      writeError: undefined,
      freeBytes: 9e9,
      ...given,
    });
    assert.equal(`${status}: ${what}`, expected);
  });
}
