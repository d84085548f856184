/** The program's name and version, and what it runs on. @module */

import config from "../deno.json" with { type: "json" };

export const NAME = "scaletool";
export const VERSION: string = config.version;

/** E.g. `scaletool 0.1.0 (deno 2.9.6, linux x86_64)`. */
export function versionLine(): string {
  return `${NAME} ${VERSION} (deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch})`;
}
