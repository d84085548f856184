/**
 * `deno task image`: the image of scaletool as one file, without a container engine, out of the
 * executable and three packages of Debian. The same executable gives the same bytes.
 * @module
 */

import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { CannotRunError, messageOf, UsageError } from "../../core/errors.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import { IMAGE_NAME, imageArchive } from "./image_archive.ts";
import { DIST, EXECUTABLE, PACKAGES_DIR } from "./places.ts";

const DEFAULTS = {
  out: `${DIST}/scaletool-image.tar`,
  executable: EXECUTABLE,
  name: IMAGE_NAME,
  packages: PACKAGES_DIR,
} as const;

const USAGE = `Usage: deno task image [FILE] [--name NAME:TAG] [--revision COMMIT]
                       [--executable FILE] [--packages DIR]

Makes an OCI image archive for linux/amd64. Nothing is run of what goes into it.

  FILE               the archive (default: dist/scaletool-image.tar)
  --name NAME:TAG    the image's name in full (default: ${DEFAULTS.name})
  --revision COMMIT  that the executable was built from (default: the commit that is checked out)
  --executable FILE  what goes into it (default: dist/scaletool)
  --packages DIR     Debian's packages, downloaded if they are not there (default: dist/debian)
`;

interface Request {
  readonly out: string;
  readonly executable: string;
  readonly name: string;
  readonly packages: string;
  readonly revision: string | undefined;
}

/** @throws {UsageError} in one line; @returns undefined if the usage was asked for */
function parseRequest(args: readonly string[]): Request | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const { name = DEFAULTS.name, revision, ...paths } = values;
  const [out = DEFAULTS.out, extra] = positionals;
  if (extra !== undefined) throw new UsageError(`Unexpected argument "${extra}"`);
  // A port also has a colon before it, and a slash behind it.
  if (!/^[a-z0-9][\w.:/-]*:[\w][\w.-]{0,127}$/.test(name)) {
    throw new UsageError(`Cannot use --name "${name}": expected NAME:TAG`);
  }
  const { executable = DEFAULTS.executable, packages = DEFAULTS.packages } = paths;
  return { out, executable, name, packages, revision };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: "string" },
        revision: { type: "string" },
        executable: { type: "string" },
        packages: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** What `git` says, or that nobody knows. */
async function commitCheckedOut(): Promise<string> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["rev-parse", "HEAD"],
      cwd: dirname(DIST),
      stdin: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "unknown";
  } catch {
    return "unknown";
  }
}

async function makeImage(request: Request): Promise<void> {
  const { name, out } = request;
  const revision = request.revision ?? await commitCheckedOut();
  const { bytes, digest } = await imageArchive({ ...request, revision });
  try {
    Deno.writeFileSync(out, bytes);
  } catch (error) {
    throw new CannotRunError(`Cannot write to "${out}": ${messageOf(error)}`);
  }
  print(`${out}: ${name}, ${(bytes.length / 1e6).toFixed(1)} MB, ${digest}\n`);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const request = parseRequest(args);
    if (request === undefined) print(USAGE);
    else await makeImage(request);
    return EXIT_CODE.pass;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CannotRunError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`image: ${error.message}\n`));
    return error instanceof UsageError ? EXIT_CODE.usage : EXIT_CODE.couldNotRun;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
