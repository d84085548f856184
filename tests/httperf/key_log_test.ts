import { doesNotThrow, strictEqual, throws } from "node:assert/strict";
import { tmpdir } from "node:os";
import { CannotRunError, UsageError } from "../../core/errors.ts";
import {
  createKeyLog,
  keyLogPath,
  requireClientKeys,
  requireKeyLog,
} from "../../httperf/key_log.ts";
import { TempDir } from "../support/scaletool.ts";

Deno.test("keyLogPath() is the given file, else <port>.keys in the temporary directory", () => {
  strictEqual(keyLogPath("my.keys", 8080), "my.keys");
  strictEqual(keyLogPath("true", 8080), `${tmpdir()}/8080.keys`);
  strictEqual(keyLogPath("true", undefined), `${tmpdir()}/httperf.keys`);
});

Deno.test("requireKeyLog() refuses runtimes that write no keys", () => {
  for (const runtime of ["2.6.8", "2.6.10", "1.46.3"]) {
    throws(
      () => requireKeyLog(runtime),
      (error) => error instanceof CannotRunError && error.message.includes(runtime),
    );
  }
  for (const runtime of ["2.7.1", "2.9.6", "3.0.0"]) doesNotThrow(() => requireKeyLog(runtime));
});

Deno.test("requireClientKeys() refuses what goes over node:tls, which writes none", () => {
  const way = { insecure: false, http1: false, clientCert: undefined, proxy: undefined };
  const clientCert = { certPem: "", keyPem: "" };
  const proxy = { url: "http://127.0.0.1:9", from: "HTTPS_PROXY" };
  const sound = [{}, { clientCert }, { proxy }, { clientCert, proxy, http1: true }];
  for (const given of sound) doesNotThrow(() => requireClientKeys({ ...way, ...given }));
  throws(() => requireClientKeys({ ...way, insecure: true }), UsageError);
  throws(() => requireClientKeys({ ...way, insecure: true, http1: true }), UsageError);
  throws(() => requireClientKeys({ ...way, clientCert, proxy }), /HTTPS_PROXY/);
});

Deno.test("createKeyLog() does not write through a link that somebody put at its name", async () => {
  await using dir = new TempDir();
  const [path, precious] = [dir.file("8080.keys"), dir.file("precious")];
  Deno.writeTextFileSync(precious, "precious");
  Deno.symlinkSync(precious, path);
  createKeyLog(path);
  strictEqual(Deno.readTextFileSync(precious), "precious");
  strictEqual(Deno.lstatSync(path).isSymlink, false);
  strictEqual((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

Deno.test("createKeyLog() makes an older key log anew, and leaves any other file alone", async () => {
  await using dir = new TempDir();
  const path = dir.file("8080.keys");
  const line = `CLIENT_RANDOM ${"0a".repeat(32)} ${"0b".repeat(48)}\n`;
  for (const older of ["", `# of a browser\n${line}`, line]) {
    Deno.writeTextFileSync(path, older);
    createKeyLog(path);
    strictEqual(Deno.readTextFileSync(path), "");
  }
  Deno.writeTextFileSync(path, "time,rows\n");
  throws(() => createKeyLog(path), /a file is there that is none; name another file$/);
  strictEqual(Deno.readTextFileSync(path), "time,rows\n");
});
