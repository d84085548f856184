/**
 * A machine whose files, variables and plugins are written down in the test.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../../kube/cluster_flags.ts";
import type { PluginHost, PluginResult, PluginRun } from "../../kube/auth/plugin_host.ts";
import type { World } from "../../kube/config/target.ts";
import { FakeClock } from "../support/fake_clock.ts";

const DEFAULTS = Object.fromEntries(
  Object.entries(CLUSTER_FLAGS).map(([name, { defaultValue }]) => [name, defaultValue]),
) as unknown as ClusterValues;

/** The flags' values when only these are given. */
export function clusterValues(given: Partial<ClusterValues> = {}): ClusterValues {
  return { ...DEFAULTS, ...given };
}

export interface Script {
  /** Content by path; an Error is what reading it throws. */
  files?: Record<string, string | Error>;
  env?: Record<string, string>;
  clock?: Clock;
  plugins?: PluginHost;
  windows?: boolean;
}

/** Reads only what the script has; home is `/home/me`. */
export function scriptedWorld(
  script: Script = {},
): World & { files: Record<string, string | Error> } {
  const { files = {}, env = {}, clock = new FakeClock(), plugins, windows = false } = script;
  return {
    files,
    env: (name) => env[name],
    readTextFile: (path) => {
      const content = files[path];
      if (content === undefined) throw new Deno.errors.NotFound(path);
      if (typeof content !== "string") throw content;
      return content;
    },
    home: windows ? "C:\\Users\\me" : "/home/me",
    clock,
    windows,
    ...(plugins === undefined ? {} : { plugins }),
  };
}

/** Plugins that answer from a list; every run is kept. */
export class ScriptedPlugins implements PluginHost {
  readonly runs: PluginRun[] = [];
  readonly #answers: (Partial<PluginResult> | Error | "never")[];
  readonly #hasTerminal: boolean;

  constructor(
    answers: (Partial<PluginResult> | Error | "never")[],
    { hasTerminal = false }: { hasTerminal?: boolean } = {},
  ) {
    this.#answers = answers;
    this.#hasTerminal = hasTerminal;
  }

  isTerminal(): boolean {
    return this.#hasTerminal;
  }

  async run(plugin: PluginRun): Promise<PluginResult> {
    this.runs.push(plugin);
    const answer = this.#answers.shift() ?? new Error("no answer is left");
    if (answer instanceof Error) throw answer;
    if (answer === "never") {
      await new Promise((_, reject) =>
        plugin.signal.addEventListener("abort", () => reject(plugin.signal.reason))
      );
    }
    return { code: 0, stdout: "", stderr: "", ...(answer as Partial<PluginResult>) };
  }
}
