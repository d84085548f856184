/** What a run has recorded of its backups, interval by interval. @module */

import type { Interval } from "../../../../core/measure/interval.ts";

/** See the module. */
export class SampleReading {
  readonly counters: Record<string, number> = {};
  /** As they were last. */
  readonly gauges: Record<string, number> = {};
  /** Of `backup`: how many ended how. */
  readonly backups: Record<string, number> = {};

  add({ counters, gauges, operations }: Interval): void {
    for (const { name, value } of counters) this.#add(this.counters, name, value);
    for (const { name, last } of gauges) this.gauges[name] = last;
    for (const { op, tags, ok, cancelled, failed } of operations) {
      if (op !== "backup") continue;
      const mode = tags?.["mode"];
      if (ok > 0) this.#add(this.backups, `${mode} ok`, ok);
      if (cancelled > 0) this.#add(this.backups, `${mode} cancelled`, cancelled);
      for (const [reason, count] of Object.entries(failed)) {
        this.#add(this.backups, `${mode} ${reason}`, count);
      }
    }
  }

  #add(to: Record<string, number>, name: string, amount: number): void {
    to[name] = (to[name] ?? 0) + amount;
  }
}
