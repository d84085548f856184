/** `scaletool version`. @module */

import { EXIT_CODE } from "../exit_code.ts";
import { NAME, VERSION, versionLine } from "../version.ts";
import { defineCommand } from "./command.ts";
import { choice, flag } from "./flags.ts";

export const versionCommand = defineCommand({
  name: "version",
  summary: "print the version",
  description: "Prints the version of scaletool and of the runtime inside it.",
  flags: {
    output: flag(choice(["text", "json"]), { help: "format", short: "o", default: "text" }),
  },
  onlyPrints: () => true,
  examples: [{ line: "version -o json", does: "for scripts" }],
  run({ values, io }) {
    const { deno, v8 } = Deno.version;
    const { os, arch } = Deno.build;
    io.stdout(
      values.output === "json"
        ? JSON.stringify({ name: NAME, version: VERSION, deno, v8, os, arch }) + "\n"
        : versionLine() + "\n",
    );
    return Promise.resolve(EXIT_CODE.pass);
  },
});
