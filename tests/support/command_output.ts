/** Programs of others, run to their end. @module */

export interface CommandOutput {
  readonly code: number;
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** Standard output, then standard error. */
  readonly text: string;
}

/** Longer than any of them takes on however busy a machine: it only ends a hang. */
const HANGING_MS = 180_000;

export async function outputOf(
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<CommandOutput> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    stdin: "null",
    signal: AbortSignal.timeout(HANGING_MS),
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code, stdout, text };
}
