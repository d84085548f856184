/** The flags with which several generators put a load on, wherever they run. @module */

import { duration, flag, integer, type Values } from "./flags.ts";

/** More would be kept busy by each other on any machine. */
const MOST_PROCESSES = 256;

export const PROCESSES_FLAGS = {
  processes: flag(integer({ min: 1, max: MOST_PROCESSES }), {
    help: "put the load on from so many processes of this program, which share it; one verdict",
  }),
};

/** A large fleet, or the image of a pod, takes its time. */
export const READY_TIMEOUT_MS = 300_000;

export const GENERATOR_FLAGS = {
  "generators-timeout": flag(duration({ minMs: 1 }), {
    help: "with several generators: how long each may take until it is ready",
    default: READY_TIMEOUT_MS,
  }),
};
export type GeneratorValues = Values<typeof GENERATOR_FLAGS>;
