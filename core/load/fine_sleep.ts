/**
 * How does one wait for less than the runtime's timers can? They are late by 1.1 ms (Deno 2.6.8) to
 * 2.1 ms (2.9.6), however short; a thread of the runtime's that sleeps in the system, by 0.1 ms, for
 * 0.07 ms of CPU time. Linux with glibc only.
 * @module
 */

/** Resolves after so many microseconds. */
export type FineSleep = (us: number) => Promise<unknown>;

const SYMBOLS = { usleep: { parameters: ["u32"], result: "i32", nonblocking: true } } as const;

let known: FineSleep | undefined;

/** Undefined where there is none, or no permission to call the C library; never asks and never throws. */
export function fineSleep(): FineSleep | undefined {
  if (Deno.build.os !== "linux") return undefined;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return undefined;
  try {
    // Open for as long as the process lives, as a call of it may always be under way.
    return known ??= Deno.dlopen("libc.so.6", SYMBOLS).symbols.usleep;
  } catch {
    return undefined;
  }
}
