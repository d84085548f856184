/** What the variables of a bastion do to the program: proxies, and names that older tools had. */
import assert from "node:assert/strict";
import { scaletool, TempDir } from "../support/scaletool.ts";

/** Nothing listens there; every request that goes to it fails. */
const DEAD = "http://me:secret@127.0.0.1:9";
const PROXIED = { HTTP_PROXY: DEAD, HTTPS_PROXY: DEAD, ALL_PROXY: DEAD };

const SMALL_HTTPERF = ["httperf", "--requests", "20", "--blocks-per-request", "2"];

async function kubeconfigFor(dir: TempDir, user = "{token: t}"): Promise<string> {
  const path = dir.file("kubeconfig");
  await Deno.writeTextFile(
    path,
    `clusters: [{name: c, cluster: {server: "https://a.test:6443"}}]
users: [{name: u, user: ${user}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`,
  );
  return path;
}

Deno.test("loopback is never reached through a proxy", async () => {
  await using dir = new TempDir();
  const commands = [
    [...SMALL_HTTPERF, "--period", "1ms"],
    [...SMALL_HTTPERF, "--period", "1ms", "--insecure"],
    ["cmdriver", "--sandbox", "--n", "5", "--lambda", "50", "--seed", "1"],
  ];
  for (const [index, command] of commands.entries()) {
    const args = [...command, "-q", "--out", dir.file(`run${index}`)];
    const { code, stderr } = await scaletool(args, { cwd: dir.path, env: PROXIED });
    // The machine may be too slow for a good verdict; what counts is that requests got there.
    assert.ok([0, 3, 4].includes(code), stderr);
    assert.doesNotMatch(stderr, /Cannot (?:reach|GET|HEAD)/, stderr);
  }
});

Deno.test("NO_PROXY changes nothing for the relay of --insecure", async () => {
  await using dir = new TempDir();
  const args = [...SMALL_HTTPERF, "--period", "1ms", "--insecure", "-q", "--out", dir.file("run")];
  const { code, stderr } = await scaletool(args, { env: { NO_PROXY: "127.0.0.1" } });
  assert.notEqual(code, 1, stderr);
});

Deno.test("a proxy that is dead is named with its variable, and not the API server", async () => {
  await using dir = new TempDir();
  const kubeconfig = await kubeconfigFor(dir);
  const args = ["cm-logger", "--kubeconfig", kubeconfig];
  const run = await scaletool(args, { env: PROXIED, cwd: dir.path });
  assert.equal(run.code, 1);
  assert.match(
    run.stderr,
    /^scaletool: Cannot reach https:\/\/a\.test:6443 \(context "x"\): .* through the proxy http:\/\/127\.0\.0\.1:9 \(HTTPS_PROXY\); check the proxy, [^\n]*\n$/,
  );
  const named = await scaletool([...args, "--proxy-url", DEAD], {
    env: { NO_PROXY: "*" },
    cwd: dir.path,
  });
  assert.match(named.stderr, /through the proxy http:\/\/127\.0\.0\.1:9 \(--proxy-url\);/);
  const doctor = await scaletool(["doctor", ...args], { env: PROXIED, cwd: dir.path });
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout, /through the proxy http:\/\/127\.0\.0\.1:9 \(HTTPS_PROXY\)/);
  assert.match(doctor.stdout, /nc -vz 127\.0\.0\.1 9; mend the proxy/);
  for (const { stdout, stderr } of [run, named, doctor]) {
    assert.doesNotMatch(stdout + stderr, /secret/);
  }
});

Deno.test("a credential plugin has the proxy variables of its user", async () => {
  await using dir = new TempDir();
  const script = dir.file("plugin");
  await Deno.writeTextFile(
    script,
    `#!/bin/sh\necho "$HTTPS_PROXY" > ${dir.file("seen")}\nexit 1\n`,
  );
  await Deno.chmod(script, 0o755);
  const exec = `{apiVersion: client.authentication.k8s.io/v1, command: "${script}", ` +
    "interactiveMode: Never}";
  const kubeconfig = await kubeconfigFor(dir, `{exec: ${exec}}`);
  const { code } = await scaletool(["cm-logger", "--kubeconfig", kubeconfig], {
    env: PROXIED,
    cwd: dir.path,
  });
  assert.equal(code, 1);
  assert.equal(Deno.readTextFileSync(dir.file("seen")), `${DEAD}\n`);
});

Deno.test("a kubeconfig that PowerShell wrote, with another document behind it, is read", async () => {
  await using dir = new TempDir();
  const path = await kubeconfigFor(dir);
  const text = `\ufeff${await Deno.readTextFile(path)}---\nkind: Other\n`;
  const units = Uint16Array.from(text, (letter) => letter.charCodeAt(0));
  await Deno.writeFile(path, new Uint8Array(units.buffer));
  const { stderr } = await scaletool(["cm-logger", "--kubeconfig", path], {
    env: PROXIED,
    cwd: dir.path,
  });
  assert.match(stderr, /^scaletool: Cannot reach https:\/\/a\.test:6443 \(context "x"\)/);
});

Deno.test("common names in the environment do not stop a run on stand-ins", async () => {
  const names = ["TOKEN", "CONTEXT", "PASSWORD", "USERNAME", "STEVE_URL", "KUBE_API_URL", "COUNT"];
  const env = Object.fromEntries(names.map((name) => [name, "of something else"]));
  for (const command of [["steve-watch"], ["cmdriver"], ["cmdriverclosed"], ["flunder-driver"]]) {
    const { code, stderr } = await scaletool([...command, "--sandbox", "--dry-run"], { env });
    assert.equal(code, 0, stderr);
  }
});

Deno.test("a URL with a password is refused by every command, and the password not shown", async () => {
  const url = "http://me:s3cret@127.0.0.1:9";
  const uses = [
    ["steve-watch", "--steve-url", url],
    ["steve-watch", "--steve-pprof", url],
    ["steve-watch", "--wal-source", `metrics:${url}`],
    ["httperf", "--base-url", url.replace("http", "https")],
    ["cm-logger", "--server", url],
    ["cmdriver", "--server", url],
    ["cleanup", "--all", "--server", url],
    ["flunder-logger", "--server", "http://127.0.0.1:9", "--override-server", url],
    ["doctor", "cm-logger", "--server", url],
  ];
  for (const use of uses) {
    const { code, stdout, stderr } = await scaletool(use);
    assert.equal(code, 2, use.join(" "));
    assert.match(stderr, /^scaletool: --[\w-]+ [^\n]*must not hold a user or password\n$/);
    assert.equal(stdout, "");
  }
});

for (
  const args of [
    ["sandbox", "--listen", "127.0.0.1:0"],
    ["cmdriver", "--sandbox", "--n", "1"],
    ["steve-watch", "--sandbox"],
    ["backup", "run", "--sandbox"],
    ["httperf", "--insecure", "--http1", "--requests", "1"],
  ]
) {
  Deno.test(`\`${args.join(" ")}\` without a place for temporary files says so in one line`, async () => {
    await using dir = new TempDir();
    const missing = dir.file("missing");
    const { code, stderr } = await scaletool(args, { cwd: dir.path, env: { TMPDIR: missing } });
    assert.equal(code, 1, stderr);
    const said = stderr.replace(missing, "MISSING");
    assert.match(said, /^(?:WARNING: .+\n)?scaletool: Cannot write to "MISSING": .+ TMPDIR\n$/);
  });
}
