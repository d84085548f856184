/** CPU and memory of a part of the system over the run, in the units of the field's scripts. @module */

import type { Totals } from "../../../core/measure/totals.ts";

/** As `kube/component` records them. */
const CPU = "componentCpuCores";
const MEMORY = "componentMemoryBytes";

export interface ComponentFigures {
  readonly meanMilliCpu: number;
  readonly meanMemoryMiB: number;
  readonly mostMilliCpu: number;
  readonly mostMemoryMiB: number;
}

/** Undefined: it was not looked at. */
export function componentFigures(
  totals: Pick<Totals, "gauge">,
  component: "operator" | "etcd",
): ComponentFigures | undefined {
  const cpu = totals.gauge(CPU, { component });
  const memory = totals.gauge(MEMORY, { component });
  if (cpu === undefined || memory === undefined) return undefined;
  return {
    meanMilliCpu: 1_000 * cpu.sum / cpu.count,
    meanMemoryMiB: memory.sum / memory.count / 2 ** 20,
    mostMilliCpu: 1_000 * cpu.max,
    mostMemoryMiB: memory.max / 2 ** 20,
  };
}
