import assert from "node:assert/strict";
import { imageName } from "../../../../../probes/backup/restore/registry/image_name.ts";

Deno.test("an image is a host, a repository and a tag", () => {
  assert.deepEqual(imageName("quay.io/user/ns/dw-test-1-0:latest"), {
    host: "quay.io",
    repository: "user/ns/dw-test-1-0",
    tag: "latest",
  });
  assert.equal(imageName("localhost:5000/a:b")?.host, "localhost:5000");
  assert.equal(imageName("[::1]:5000/a:b")?.host, "[::1]:5000");
});

Deno.test("what no registry can have is none", () => {
  const none = [
    "",
    "a",
    "a/b",
    "quay.io//b:c",
    "quay.io/B:c",
    "u@quay.io/b:c",
    "q/b:c?d",
    "q/../b:c",
  ];
  for (const text of none) assert.equal(imageName(text), undefined, text);
});
