/** Manifests for running commands inside a cluster. @module */

export { manifestsCommand } from "./command.ts";
