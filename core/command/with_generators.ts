/**
 * A load command that several generators can put on: the flags, and nothing that the command has to know
 * of. Where they run is the business of the places that it is given.
 * @module
 */

import { UsageError } from "../errors.ts";
import { EXIT_CODE } from "../exit_code.ts";
import type { GeneratorHost } from "../generators/host.ts";
import { SystemClock } from "../load/clock.ts";
import { aroundCommand, type Command, type Invocation, withFlags } from "./command.ts";
import type { Flags } from "./flags.ts";
import { GENERATOR_FLAGS } from "./generator_flags.ts";
import { RUN_FLAGS } from "./run_flags.ts";
import { runIdentityOf } from "./run_id.ts";
import { isGiven } from "./settings.ts";

/** A kind of place where generators can run. */
export interface GeneratorsPlace {
  /** Of which the first asks for it. */
  readonly flags: Flags;
  /** Whether they are to run there. @throws {UsageError} for flags that do not go together */
  isAskedFor(invocation: Invocation): boolean;
  /**
   * Starts nothing yet.
   * @param invocation with a run id and a seed
   * @param inner what each generator is to run
   * @throws {UsageError | CannotRunError} if there can be none
   */
  host(invocation: Invocation, inner: Command): Promise<GeneratorHost>;
  /**
   * What would be made for them, as the answer to `--dry-run`. Absent: nothing of which that would tell.
   * @throws {UsageError | CannotRunError} if there can be none
   */
  shown?(invocation: Invocation, inner: Command): Promise<string>;
}

/** @throws {RangeError} if the command has a flag of its own that is called as one of these */
export function withGenerators<C extends Command>(
  inner: C,
  places: readonly [GeneratorsPlace, ...GeneratorsPlace[]],
): C {
  const flags: Flags = Object.assign({}, ...places.map((place) => place.flags), GENERATOR_FLAGS);
  const doubled = Object.keys(flags).find((name) => name in inner.flags);
  if (doubled !== undefined) throw new RangeError(`${inner.name} has a flag --${doubled} already`);
  return aroundCommand(inner, {
    flags,
    async run(invocation) {
      if (invocation.coordinator !== undefined) return await inner.run(invocation);
      const [place, other] = places.filter((one) => one.isAskedFor(invocation));
      refuseIdle(invocation, { places, place });
      if (place === undefined) return await inner.run(invocation);
      if (other !== undefined) {
        throw new UsageError(`${nameOf(place)} and ${nameOf(other)} do not go together`);
      }
      if (invocation.simulation !== undefined) {
        throw new UsageError(
          `${nameOf(place)} does not go with --simulate: no other process has simulated time`,
        );
      }
      const named = identified(invocation);
      if (invocation.values["dry-run"] === true && place.shown !== undefined) {
        invocation.io.stdout(await place.shown(named, inner));
        return EXIT_CODE.pass;
      }
      const generators = await place.host(named, inner);
      return await inner.run({ ...named, generators });
    },
  });
}

function nameOf({ flags }: GeneratorsPlace): string {
  return `--${Object.keys(flags)[0]}`;
}

/** All that put the load on are of one run, and of one chance. */
function identified(invocation: Invocation): Invocation {
  const { values } = withFlags(invocation, RUN_FLAGS);
  const identity = runIdentityOf(values, new SystemClock().wallNow());
  return { ...invocation, values: { ...values, ...identity } };
}

interface Asked {
  readonly places: readonly GeneratorsPlace[];
  /** Undefined: the load comes from here. */
  readonly place: GeneratorsPlace | undefined;
}

/** @throws {UsageError} for a flag of a place where none of them runs */
function refuseIdle({ shown }: Invocation, { places, place }: Asked): void {
  const own = new Set(Object.keys(place?.flags ?? {}));
  for (const other of places.filter((one) => one !== place)) {
    const idle = Object.keys(other.flags).find((name) => !own.has(name) && isGiven(shown, name));
    if (idle !== undefined && `--${idle}` !== nameOf(other)) {
      throw new UsageError(`--${idle} needs ${nameOf(other)}`);
    }
  }
  if (place !== undefined) return;
  const idle = Object.keys(GENERATOR_FLAGS).find((name) => isGiven(shown, name));
  if (idle === undefined) return;
  throw new UsageError(
    `--${idle} is of several generators: it needs ${places.map(nameOf).join(" or ")}`,
  );
}
