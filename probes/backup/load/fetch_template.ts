/** Reads the DevWorkspace that the user names, once, from a file or over HTTP. @module */

import {
  CannotRunError,
  messageOf,
  OperationFailedError,
  UsageError,
} from "../../../core/errors.ts";
import { readTextFile } from "../../../core/files.ts";
import type { Run } from "../../../core/run/run.ts";
import { shownUrl } from "../../../core/net/address.ts";
import { pageFetcher } from "../../../kube/component/fetch_text.ts";
import { BUILT_IN, readTemplate, type WorkspaceTemplate } from "./template.ts";

/**
 * @param link empty or undefined: the built-in one
 * @throws {UsageError} if a file is not there or is none; {@link CannotRunError} if a URL gives nothing
 */
export async function fetchTemplate(
  { clock, stopping }: Pick<Run, "clock" | "stopping">,
  link: string | undefined,
): Promise<WorkspaceTemplate> {
  if (link === undefined || link === "") return BUILT_IN;
  if (!isUrl(link)) return readTemplateFile(link);
  try {
    return readTemplate(await pageFetcher(clock)(link, stopping), shownUrl(link));
  } catch (error) {
    if (!(error instanceof OperationFailedError)) throw error;
    throw new CannotRunError(`--devworkspace-link: ${messageOf(error)}`, { cause: error });
  }
}

/** Whether it has to be asked of a server. */
export function isUrl(link: string): boolean {
  return /^https?:\/\//i.test(link);
}

/** @throws {UsageError} */
export function readTemplateFile(path: string): WorkspaceTemplate {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    throw new UsageError(`--devworkspace-link: cannot read "${path}": ${messageOf(error)}`, {
      cause: error,
    });
  }
  return readTemplate(text, path);
}
