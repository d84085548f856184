/**
 * How is the go command called, and where does it find the modules of tests/real? Builds nothing.
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CannotRunError } from "../../core/errors.ts";

const MODULES_DIR = fileURLToPath(new URL("modules/", import.meta.url));

/** The go.mod in its folder says all, whatever users have set up for their own work. */
export const GO_ENV = { GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false", GOWORK: "off" };

/** The folder with the go.mod of a module. */
export function moduleDir(name: string): string {
  return join(MODULES_DIR, name);
}

/** What `go version` says, or undefined where there is no go command. */
export async function findGo(): Promise<string | undefined> {
  const answer = await go(["version"]);
  return answer?.success ? answer.text.trim() : undefined;
}

/**
 * The folder of another module's sources, at the version that a go.mod names: for its files that are
 * no programs. Downloads them the first time.
 * @param module with the go.mod
 * @throws {CannotRunError} if they cannot be had
 */
export async function sourcesOf(path: string, module: string): Promise<string> {
  const answer = await go(["mod", "download", "-json", path], moduleDir(module));
  if (answer === undefined) throw new CannotRunError(`Cannot get ${path}: expected go in PATH`);
  // With -json it says on standard output what went wrong, too.
  const { Dir, Error: why } = parse(answer.text);
  if (answer.success && Dir !== undefined) return Dir;
  throw new CannotRunError(`Cannot get ${path}: ${why ?? "go mod download failed"}`);
}

/** Undefined where there is none. */
async function go(
  args: readonly string[],
  cwd?: string,
): Promise<{ success: boolean; text: string } | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("go", {
      args: [...args],
      ...(cwd === undefined ? {} : { cwd }),
      env: GO_ENV,
      stderr: "null",
    }).output();
    return { success, text: new TextDecoder().decode(stdout) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function parse(json: string): { readonly Dir?: string; readonly Error?: string } {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
