/** The flags that commands have for a sandbox, and those of the command `sandbox`. @module */

import {
  choice,
  duration,
  flag,
  integer,
  listOf,
  number,
  text,
  toggle,
} from "../core/command/flags.ts";
import { DRY_RUN_FLAG, RUN_FLAGS } from "../core/command/run_flags.ts";
import { FAULTS } from "./faults/mod.ts";
import { faultFlagKind } from "./faults/fault_spec.ts";
import { devWorkspaceSandboxFaultFlagKind } from "./devworkspace/faults/fault_spec.ts";
import { DEV_WORKSPACE_FAULTS } from "./devworkspace/faults/mod.ts";
import { NEWEST_PROFILE, type ProfileName, PROFILES } from "./devworkspace/profile.ts";
import { gatewaySandboxFaultFlagKind } from "./gateway/faults/fault_spec.ts";
import { GATEWAY_FAULTS } from "./gateway/faults/mod.ts";
import { maasSandboxFaultFlagKind } from "./maas/faults/fault_spec.ts";
import { MAAS_FAULTS } from "./maas/faults/mod.ts";
import { steveFaultFlagKind } from "./steve/faults/fault_spec.ts";
import { STEVE_FAULTS } from "./steve/faults/mod.ts";

const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];

const FAULT_FLAG = flag(listOf(faultFlagKind), {
  help: `make the sandbox misbehave: ${FAULTS.map(({ name }) => name).join(", ")}; repeatable; ` +
    "`scaletool sandbox --help` explains each",
  default: [],
});

/** Of a command that can go to a sandbox. */
export const WITH_SANDBOX_FLAGS = {
  sandbox: flag(toggle, {
    help: "no cluster: run against a stand-in for the Kubernetes API, inside this program",
    default: false,
    replacesTarget: true,
  }),
  "sandbox-fault": FAULT_FLAG,
  "sandbox-traffic": flag(number({ min: 0 }), {
    help: "objects a second that come, change and go in the sandbox by themselves; " +
      "default: 20 of what the command watches if it makes no objects, else none",
  }),
};

/** Of steve-watch, whose sandbox has a Steve too. */
export const STEVE_SANDBOX_FLAGS = {
  sandbox: flag(toggle, {
    help: "no cluster: run against stand-ins for Steve and the Kubernetes API, inside this program",
    default: false,
    replacesTarget: true,
  }),
  "sandbox-fault": flag(listOf(steveFaultFlagKind), {
    help: `make the sandbox misbehave: ${
      STEVE_FAULTS.map(({ name }) => name).join(", ")
    }; repeatable; may be followed by ` +
      ",after=DURATION and ,for=DURATION",
    default: [],
  }),
};

/** Of the gateway probes, whose sandbox has a controller and a data plane too. */
export const GATEWAY_SANDBOX_FLAGS = {
  sandbox: flag(toggle, {
    help: "no cluster: run against stand-ins for a Gateway API implementation and the Kubernetes " +
      "API, inside this program",
    default: false,
    replacesTarget: true,
  }),
  "sandbox-fault": flag(listOf(gatewaySandboxFaultFlagKind), {
    help: `make the sandbox misbehave: ${
      GATEWAY_FAULTS.map(({ name }) => name).join(", ")
    }, or as its API server can: ${
      FAULTS.map(({ name }) => name).join(", ")
    }; repeatable; \`scaletool sandbox --help\` explains each`,
    default: [],
  }),
};

/** Of the maas probes, whose sandbox has a Models-as-a-Service installation too. */
export const MAAS_SANDBOX_FLAGS = {
  sandbox: flag(toggle, {
    help: "no cluster: run against stand-ins for a Models-as-a-Service installation and the " +
      "Kubernetes API, inside this program",
    default: false,
    replacesTarget: true,
  }),
  "sandbox-fault": flag(listOf(maasSandboxFaultFlagKind), {
    help: `make the sandbox misbehave: ${
      MAAS_FAULTS.map(({ name }) => name).join(", ")
    }, or as its API server can: ${
      FAULTS.map(({ name }) => name).join(", ")
    }; repeatable; \`scaletool sandbox --help\` explains each`,
    default: [],
  }),
};

/** Of the backup probe, whose sandbox has a DevWorkspace Operator too. */
export const DEVWORKSPACE_SANDBOX_FLAGS = {
  sandbox: flag(toggle, {
    help:
      "no cluster: run against stand-ins for the DevWorkspace Operator and the Kubernetes API, " +
      "inside this program",
    default: false,
    replacesTarget: true,
  }),
  "sandbox-fault": flag(listOf(devWorkspaceSandboxFaultFlagKind), {
    help: `make the sandbox misbehave: ${
      DEV_WORKSPACE_FAULTS.map(({ name }) => name).join(", ")
    }, or as its API server can: ${
      FAULTS.map(({ name }) => name).join(", ")
    }; repeatable; \`scaletool sandbox --help\` explains each`,
    default: [],
  }),
  "sandbox-profile": flag(choice(PROFILE_NAMES), {
    help: "release of the DevWorkspace Operator that the sandbox behaves as",
    default: NEWEST_PROFILE,
  }),
  simulate: flag(toggle, {
    help: "with --sandbox: in simulated time, minutes in a moment; times in the report are then " +
      "those of the simulation",
    default: false,
  }),
};

/** What a sandbox heeds of the flags that a command has anyway. */
export const HEEDED_FLAGS = {
  seed: RUN_FLAGS.seed,
  quiet: RUN_FLAGS.quiet,
  "dry-run": DRY_RUN_FLAG,
};

/** Of the command `sandbox`. */
export const SANDBOX_FLAGS = {
  "write-kubeconfig": flag(text("file"), {
    help: "kubeconfig for it, readable by you alone; default: a temporary one, gone at the end",
  }),
  force: flag(toggle, { help: "overwrite a file that no sandbox wrote", default: false }),
  listen: flag(text("host:port"), {
    help: "where to listen; without a host: loopback only; port 0: any",
    default: "127.0.0.1:0",
  }),
  port: flag(integer({ min: 0, max: 65_535 }), { help: "instead of the port in --listen" }),
  namespace: flag(listOf(text("name")), {
    help: "namespace that is there from the beginning; repeatable; the first is the context's",
    short: "n",
    default: [],
  }),
  "sandbox-fault": { ...FAULT_FLAG, aliases: ["fault"] },
  "sandbox-traffic": flag(number({ min: 0 }), {
    help: "ConfigMaps and Flunders a second, in all, that come, change and go by themselves",
    aliases: ["traffic"],
    default: 0,
  }),
  seed: flag(integer({ min: 0 }), {
    help: "seed of the faults' chances; 0: a new one",
    default: 0,
  }),
  duration: flag(duration({ minMs: 1 }), { help: "how long to serve; without it: until stopped" }),
  output: flag(choice(["text", "json"]), {
    help: "format of what it has seen, on stdout at the end",
    short: "o",
    default: "text",
  }),
  quiet: flag(toggle, { help: "nothing on stderr", short: "q", default: false }),
};
export type SandboxFlags = typeof SANDBOX_FLAGS;
