import type { Run } from "../../../core/run/run.ts";
export async function layPilots(_run: Run, _x: unknown): Promise<void> {}
