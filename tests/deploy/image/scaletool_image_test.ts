import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { archiveOf } from "../../../deploy/image/oci_archive.ts";
import { scaletoolImage } from "../../../deploy/image/scaletool_image.ts";
import { digestOf, entriesOf, readArchive } from "./archive_reader.ts";
import { elf, systemFiles } from "./stand_in.ts";

const PARTS = {
  executable: elf(),
  systemFiles: systemFiles(),
  name: "registry.example:5000/load/scaletool:1.2.3-rc.1",
  version: "1.2.3",
  revision: "abc",
};

async function archive(parts = PARTS) {
  return await archiveOf(scaletoolImage(parts));
}

Deno.test("the archive reads back: every blob is what its digest says", async () => {
  const { bytes, digest } = await archive();
  const { layoutVersion, index, manifest, image, layers } = await readArchive(bytes);
  assert.equal(layoutVersion, "1.0.0");
  assert.equal(index.digest, digest);
  assert.equal(index.mediaType, "application/vnd.oci.image.manifest.v1+json");
  assert.equal(manifest.mediaType, index.mediaType);
  assert.equal(manifest.config.mediaType, "application/vnd.oci.image.config.v1+json");
  assert.equal(layers.length, 2);
  for (const { mediaType } of manifest.layers) {
    assert.equal(mediaType, "application/vnd.oci.image.layer.v1.tar");
  }
  assert.deepEqual(image.rootfs, { type: "layers", diff_ids: layers.map(digestOf) });
});

Deno.test("the image has its full name for a node and its tag for everyone else", async () => {
  const { index } = await readArchive((await archive()).bytes);
  assert.deepEqual(index.annotations, {
    "io.containerd.image.name": PARTS.name,
    "org.opencontainers.image.ref.name": "1.2.3-rc.1",
  });
});

Deno.test("the image starts what the Containerfile's starts, in the same way", async () => {
  const { image: { config, ...image } } = await readArchive((await archive()).bytes);
  const path = fileURLToPath(new URL("../../../deploy/Containerfile", import.meta.url));
  const text = Deno.readTextFileSync(path);
  const of = (instruction: string) => new RegExp(`^${instruction} (.*)$`, "m").exec(text)![1]!;
  const labels = [...text.matchAll(/(org\.opencontainers\.[\w.]+)="([^"]*)"/g)]
    .map(([, name, value]) => [
      name,
      value!.replace("${VERSION}", PARTS.version).replace("${REVISION}", PARTS.revision),
    ]);
  assert.equal(labels.length, 5);
  assert.deepEqual(config, {
    User: of("USER"),
    Entrypoint: JSON.parse(of("ENTRYPOINT")),
    Cmd: JSON.parse(of("CMD")),
    WorkingDir: of("WORKDIR"),
    Labels: Object.fromEntries(labels),
    Env: [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
    ],
  });
  assert.equal(image.created, "1970-01-01T00:00:00Z");
  assert.deepEqual([image.os, image.architecture], ["linux", "amd64"]);
});

Deno.test("everything belongs to root, at the time 0", async () => {
  const { outer, layers } = await readArchive((await archive()).bytes);
  const within = await Promise.all(layers.map(entriesOf));
  const headers = within.flatMap((entries) => [...entries.values()].map(({ header }) => header));
  for (const { name, uid, gid, uname, gname, mtime } of [...outer, ...headers]) {
    assert.deepEqual([uid, gid, uname ?? "", gname ?? ""], [0, 0, "", ""], name);
    assert.equal(mtime?.getTime(), 0, name);
  }
});

Deno.test("nobody may write to anything but /tmp", async () => {
  const { layers } = await readArchive((await archive()).bytes);
  const [system, program] = await Promise.all(layers.map(entriesOf));
  for (const [path, { header: { mode, type } }] of [...system!, ...program!]) {
    if (type === "symlink" || path === "tmp") continue;
    assert.equal(mode! & 0o022, 0, path);
  }
  assert.equal(system!.get("tmp")!.header.mode, 0o1777);
  assert.equal(system!.get("work")!.header.mode, 0o755);
  assert.equal(program!.get("usr/local/bin/scaletool")!.header.mode, 0o555);
});

Deno.test("the lower layer is the loader, six libraries, certificates and accounts", async () => {
  const { layers } = await readArchive((await archive()).bytes);
  const entries = await entriesOf(layers[0]!);
  const files = [...entries].filter(([, { header }]) => header.type === "file");
  const libraries = files.filter(([path]) => path.startsWith("lib/"));
  assert.equal(libraries.length, 7);
  for (const [path, { text }] of libraries) assert.equal(text, path);
  const others = files.map(([path]) => path).filter((path) => !path.startsWith("lib/"));
  assert.deepEqual(others, [
    "etc/group",
    "etc/nsswitch.conf",
    "etc/passwd",
    "etc/ssl/certs/ca-certificates.crt",
  ]);
  const { header: loader } = entries.get("lib64/ld-linux-x86-64.so.2")!;
  assert.deepEqual(
    [loader.type, loader.linkname],
    ["symlink", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"],
  );
  assert.match(entries.get("etc/passwd")!.text, /^nonroot:x:65532:65532:/m);
  assert.match(entries.get("etc/group")!.text, /^nonroot:x:65532:/m);
  // In the order of their names, a line end behind each: two certificates never run into one line.
  assert.equal(
    entries.get("etc/ssl/certs/ca-certificates.crt")!.text,
    "usr/share/ca-certificates/mozilla/A.crt\nusr/share/ca-certificates/mozilla/B.crt\n",
  );
});

Deno.test("the same parts give the same bytes, in whatever order the packages list them", async () => {
  const first = await archive();
  const reversed = new Map([...systemFiles()].reverse());
  const second = await archive({ ...PARTS, systemFiles: reversed });
  assert.deepEqual(second, first);
});

Deno.test("another executable and another revision are other images", async () => {
  const digests = new Set([
    (await archive()).digest,
    (await archive({ ...PARTS, executable: new Uint8Array([...elf(), 0]) })).digest,
    (await archive({ ...PARTS, revision: "abd" })).digest,
  ]);
  assert.equal(digests.size, 3);
});

Deno.test("packages without a library make no image", () => {
  const files = systemFiles();
  files.delete("lib/x86_64-linux-gnu/libm.so.6");
  assert.throws(() => scaletoolImage({ ...PARTS, systemFiles: files }), /libm\.so\.6/);
});
