import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../../../core/errors.ts";
import {
  configurationOf,
  registryHostOf,
} from "../../../../probes/backup/configure/configuration_of.ts";
import { CONFIG_TYPES } from "../../../../probes/backup/configure/configuration.ts";
import { VALUES } from "./operator_world.ts";

type Values = Partial<Parameters<typeof configurationOf>[0]>;

function pathOf(values: Values): string {
  return configurationOf({ ...VALUES, ...values }).backupCronJob.registry.path;
}

Deno.test("a correct configuration is what the scripts of the field patch in", () => {
  assert.deepEqual(configurationOf(VALUES), {
    type: "correct",
    backupCronJob: {
      enable: true,
      schedule: "*/1 * * * *",
      registry: { path: "quay.io/me", authSecret: "quay-push-secret" },
    },
    periodMs: 60_000,
  });
});

Deno.test("OpenShift's own registry takes no path, no Secret, and any certificate", () => {
  const { "registry-path": _, ...values } = VALUES;
  const internal = configurationOf({ ...values, "dwoc-config-type": "openshift-internal" });
  assert.deepEqual(internal.backupCronJob, {
    enable: true,
    schedule: "*/1 * * * *",
    registry: { path: "image-registry.openshift-image-registry.svc:5000" },
    oras: { extraArgs: "--insecure" },
  });
});

Deno.test("credentials are filed under the host with its port, whatever the configuration", () => {
  const hostOf = (path: string | undefined, type: typeof CONFIG_TYPES[number] = "correct") =>
    registryHostOf({ "dwoc-config-type": type, "registry-path": path });
  assert.equal(hostOf("localhost:5000/u"), "localhost:5000");
  assert.equal(hostOf("quay.io/me", "incorrect"), "quay.io");
  const internal = "image-registry.openshift-image-registry.svc:5000";
  assert.equal(hostOf(undefined, "openshift-internal"), internal);
});

Deno.test("an incorrect configuration names a host that cannot be, whichever the registry is", () => {
  const paths = [
    "quay.io/me",
    "docker.io/me/x",
    "localhost:5000/u",
    "10.0.0.1:5000/u",
    "[::1]:5000/u",
  ];
  const wrong = paths.map((path) =>
    pathOf({ "dwoc-config-type": "incorrect", "registry-path": path })
  );
  assert.deepEqual(wrong, [
    "quay.io.invalid/me",
    "docker.io.invalid/me/x",
    "localhost.invalid:5000/u",
    "10.0.0.1.invalid:5000/u",
    "registry.invalid:5000/u",
  ]);
});

Deno.test("an incorrect configuration is never the correct one", () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const path = fc.tuple(label, label, label, fc.option(fc.nat({ max: 65_535 }))).map(
    ([name, top, user, port]) => `${name}.${top}${port === null ? "" : `:${port}`}/${user}`,
  );
  fc.assert(fc.property(path, (given) => {
    const wrong = pathOf({ "dwoc-config-type": "incorrect", "registry-path": given });
    assert.notEqual(wrong, pathOf({ "registry-path": given }));
    assert.match(wrong.split("/")[0]!, /\.invalid(:\d+)?$/);
    assert.equal(pathOf({ "registry-path": wrong }), wrong, "it is a path, too");
  }));
});

Deno.test("the wrong registry can be named, as with the typing error of the field's scripts", () => {
  const values = { "dwoc-config-type": "incorrect", "incorrect-registry": "quay.i/me" } as const;
  assert.equal(pathOf(values), "quay.i/me");
  assert.equal(
    registryHostOf({ ...VALUES, ...values }),
    "quay.io",
    "whose credentials are asked for",
  );
});

const REFUSED: readonly (readonly [Values, RegExp])[] = [
  [{ "registry-path": "localhost:99999/me" }, /there is no port 99999/],
  [{ "registry-path": "quay.io/m\ne" }, /^--registry-path: "quay\.io\/m\\ne" is no registry/],
  [{ "registry-path": undefined }, /^--registry-path is missing: where backups go/],
  [{ "registry-path": "" }, /^--registry-path is missing/],
  [{ "registry-path": "https://quay.io/me" }, /is no registry\/path: leave out https:\/\/$/],
  [{ "registry-path": "quay.io/me:latest" }, /leave out the tag, which is the operator's$/],
  [
    { "registry-path": "quay.io/me@sha256" },
    /^--registry-path: it may have no @: credentials come/,
  ],
  [{ "registry-path": "quay.io/me?x" }, /it may have no \?, # and no blanks$/],
  [{ "registry-path": "quay.io/CHANGEME" }, /registries take lower case only$/],
  [{ "registry-path": "me" }, /name the registry before "me", e.g. quay.io\/me$/],
  [{ "registry-path": "/me" }, /begin with the registry's host$/],
  [{ "registry-path": "quay.io//me" }, /"" cannot be part of a path$/],
  [{ "registry-path": "quay.io/-me" }, /"-me" cannot be part of a path$/],
  [{ "backup-schedule": "61 * * * *" }, /^--backup-schedule: cannot read schedule "61/],
  [{ "backup-schedule": "" }, /^--backup-schedule: cannot read schedule ""/],
  [{ "backup-schedule": "0 0 31 2 *" }, /^--backup-schedule: "0 0 31 2 \*" never comes$/],
  [
    { "dwoc-config-type": "incorrect", "incorrect-registry": "quay.io/me/" },
    /is the --registry-path itself: that configuration is correct$/,
  ],
];

for (const [values, message] of REFUSED) {
  Deno.test(`refused before anything is contacted: ${JSON.stringify(values)}`, () => {
    assert.throws(() => configurationOf({ ...VALUES, ...values }), (thrown) => {
      assert.ok(thrown instanceof UsageError);
      assert.match(thrown.message, message);
      assert.doesNotMatch(thrown.message, /\n/);
      return true;
    });
  });
}

Deno.test("what looks like credentials in a path is not said again", () => {
  const values = { ...VALUES, "registry-path": "user:secret@quay.io/me" };
  assert.throws(() => configurationOf(values), ({ message }) => !message.includes("secret"));
});
