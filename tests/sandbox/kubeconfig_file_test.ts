import assert from "node:assert/strict";
import { parse } from "yaml";
import { checkOverwrite, kubeconfigText, writeKubeconfig } from "../../sandbox/kubeconfig_file.ts";
import { TempDir } from "../support/scaletool.ts";

const ADDRESS = { url: "https://127.0.0.1:1/sandbox", caPem: "-----BEGIN CERTIFICATE-----\n" };
const text = kubeconfigText(ADDRESS, { token: "secret", namespace: "ns" });

Deno.test("the kubeconfig names server, authority, token and namespace, all under one name", () => {
  assert.deepEqual(parse(text), {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "sandbox",
    clusters: [{
      name: "sandbox",
      cluster: { server: ADDRESS.url, "certificate-authority-data": btoa(ADDRESS.caPem) },
    }],
    users: [{ name: "sandbox", user: { token: "secret" } }],
    contexts: [{
      name: "sandbox",
      context: { cluster: "sandbox", user: "sandbox", namespace: "ns" },
    }],
  });
});

Deno.test("only its owner can read the file, also where it was readable before", async () => {
  await using dir = new TempDir();
  const path = dir.file("k");
  writeKubeconfig(path, { text, force: false });
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  Deno.chmodSync(path, 0o644);
  writeKubeconfig(path, { text, force: false });
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  assert.equal(Deno.readTextFileSync(path), text);
  assert.deepEqual([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["k"]);
});

Deno.test("another's file stays as it is, unless it is to be overwritten", async () => {
  await using dir = new TempDir();
  const path = dir.file("config");
  for (const other of ["apiVersion: v1\n", ""]) {
    Deno.writeTextFileSync(path, other);
    const refused = { name: "CannotRunError", message: /no sandbox wrote; .* --force$/ };
    assert.throws(() => checkOverwrite(path, { force: false }), refused);
    assert.throws(() => writeKubeconfig(path, { text, force: false }), refused);
    assert.equal(Deno.readTextFileSync(path), other);
  }
  writeKubeconfig(path, { text, force: true });
  assert.equal(Deno.readTextFileSync(path), text);
});

Deno.test("a link is not followed: with force it is replaced, without it is refused", async () => {
  await using dir = new TempDir();
  const [victim, link] = [dir.file("victim"), dir.file("link")];
  writeKubeconfig(victim, { text, force: false });
  Deno.symlinkSync(victim, link);
  assert.throws(
    () => writeKubeconfig(link, { text: `${text}#`, force: false }),
    /no sandbox wrote/,
  );
  writeKubeconfig(link, { text: `${text}#`, force: true });
  assert.equal(Deno.readTextFileSync(victim), text);
  assert.equal(Deno.readTextFileSync(link), `${text}#`);
});

Deno.test("a folder that is not there is one line", () => {
  assert.throws(() => writeKubeconfig("/nonexistent/k", { text, force: false }), {
    name: "CannotRunError",
    message: /^Cannot write the kubeconfig to "\/nonexistent\/k": No such file or directory/,
  });
});
