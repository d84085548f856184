/** The headers that say as whom to act. @module */

import assert from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import { impersonationHeaders } from "../../../kube/auth/impersonation.ts";
import { EMPTY_USER, type KubeconfigUser } from "../../../kube/kubeconfig/schema.ts";
import { clusterValues } from "../scripted_world.ts";

Deno.test("flags count field by field before the kubeconfig, and groups repeat their header", () => {
  const configured: Partial<KubeconfigUser> = {
    as: "config",
    "as-uid": "7",
    "as-groups": ["g"],
    "as-user-extra": { "Scopes/é%": ["one", "two"] },
  };
  const extra = [
    ["Impersonate-Extra-Scopes%2F%C3%A9%25", "one"],
    ["Impersonate-Extra-Scopes%2F%C3%A9%25", "two"],
  ];
  const cases: [Partial<KubeconfigUser>, Parameters<typeof clusterValues>[0], string[][]][] = [
    [{}, {}, []],
    [{}, { as: "bob" }, [["Impersonate-User", "bob"]]],
    [{}, { as: "ü€" }, [["Impersonate-User", "ü€"]]],
    [{}, { as: "bob", "as-uid": "1", "as-group": ["a", "b"] }, [
      ["Impersonate-User", "bob"],
      ["Impersonate-Uid", "1"],
      ["Impersonate-Group", "a"],
      ["Impersonate-Group", "b"],
    ]],
    [configured, {}, [
      ["Impersonate-User", "config"],
      ["Impersonate-Uid", "7"],
      ["Impersonate-Group", "g"],
      ...extra,
    ]],
    [configured, { as: "bob", "as-group": ["a"] }, [
      ["Impersonate-User", "bob"],
      ["Impersonate-Uid", "7"],
      ["Impersonate-Group", "a"],
      ...extra,
    ]],
    [{ as: "config" }, { "as-group": ["a"] }, [
      ["Impersonate-User", "config"],
      ["Impersonate-Group", "a"],
    ]],
    [{ "as-groups": ["g"] }, {}, []],
  ];
  for (const [user, flags, headers] of cases) {
    assert.deepEqual(
      impersonationHeaders({ ...EMPTY_USER, ...user }, clusterValues(flags)),
      headers,
    );
  }
});

Deno.test("a group or uid without a user is a typing error", () => {
  const cases: [Parameters<typeof clusterValues>[0], string][] = [
    [{ "as-group": ["g"] }, "--as-group needs --as USER: it says more about that user"],
    [{ "as-uid": "1" }, "--as-uid needs --as USER: it says more about that user"],
  ];
  for (const [flags, message] of cases) {
    assert.throws(
      () => impersonationHeaders(EMPTY_USER, clusterValues(flags)),
      (error) => error instanceof UsageError && error.message === message,
    );
  }
});
