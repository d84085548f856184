/**
 * The one way in which a generator tells its coordinator anything: numbered lines on stdout, so that
 * whoever carries them (a pipe, a pod's log) can lose or double some and be found out.
 * @module
 */

import type { GeneratorLine, Told } from "./line.ts";

/** @returns what tells it */
export function lineTelling(
  generator: number,
  stdout: (text: string) => void,
): (told: Told) => void {
  const life = crypto.randomUUID();
  let seq = 0;
  return (told) => {
    const line: GeneratorLine = { scaletool: "generator", generator, life, seq: seq++, told };
    stdout(JSON.stringify(line) + "\n");
  };
}
