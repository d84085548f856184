/**
 * Where the executable is that images are made of, and where Debian's packages are kept.
 * @module
 */

import { fileURLToPath } from "node:url";

/** What is made from the sources. */
export const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
/** As `deno task compile` makes it. */
export const EXECUTABLE = `${DIST}/scaletool`;
export const PACKAGES_DIR = `${DIST}/debian`;
