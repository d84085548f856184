/** A program that listens to single keys, and breaks at the first one. */

import { processTerminal } from "../../core/command/process_terminal.ts";
import { TerminalKeys } from "../../core/command/terminal_keys.ts";
import { SystemClock } from "../../core/load/clock.ts";

if (import.meta.main) {
  const terminal = processTerminal((isSingle) =>
    isSingle ? Deno.stdin.setRaw(true, { cbreak: true }) : Deno.stdin.setRaw(false)
  );
  const keys = new TerminalKeys(terminal!, {
    clock: new SystemClock(),
    listener: {
      onListening: () => Deno.stdout.writeSync(new TextEncoder().encode("listening\n")),
      onKey() {
        queueMicrotask(() => {
          throw new Error("broken");
        });
      },
    },
  });
  void keys;
}
