/**
 * What a process leaves outside of itself while it uses it, and what must go with it however it ends:
 * temporary folders, programs that it waits for. Only kill -9 is past this.
 * @module
 */

const pending = new Set<() => void>();
let isListening = false;

/**
 * Undoes this when the process ends (`Deno.exit` included), unless the result is disposed before:
 * then it has been undone, or has ended, by itself. The function may not wait for anything.
 */
export function atProcessEnd(undo: () => void): Disposable {
  if (!isListening) globalThis.addEventListener("unload", undoAll);
  isListening = true;
  pending.add(undo);
  return { [Symbol.dispose]: () => void pending.delete(undo) };
}

function undoAll(): void {
  for (const undo of pending) {
    try {
      undo();
    } catch {
      // It is gone already, or nobody is left to be told.
    }
  }
  pending.clear();
}
