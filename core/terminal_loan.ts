/**
 * Who has the keys of the terminal? Whoever listens for single ones keeps them, and lends them to a
 * program that may have to ask the user for a line, such as a credential plugin.
 * @module
 */

/** Has the keys while nobody else needs them. */
export interface Keeper {
  /** The terminal is to be as it was found, from now on. */
  give(): void;
}

const keepers = new Set<Keeper>();
let loans = 0;

/** Until it is disposed, its keeper is told of loans. */
export function keepTerminal(keeper: Keeper): Disposable {
  keepers.add(keeper);
  return { [Symbol.dispose]: () => void keepers.delete(keeper) };
}

/** Takes the terminal as it was found, until it is disposed. */
export function borrowTerminal(): Disposable {
  loans++;
  for (const keeper of keepers) keeper.give(); // nothing more for one who has given it already
  let isOpen = true;
  return {
    [Symbol.dispose]() {
      if (isOpen) loans--;
      isOpen = false;
    },
  };
}

export function isTerminalLent(): boolean {
  return loans > 0;
}
