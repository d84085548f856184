import assert from "node:assert/strict";
import { type SharedTerminal, TerminalKeys } from "../../../core/command/terminal_keys.ts";
import { borrowTerminal } from "../../../core/terminal_loan.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A terminal that says what is done to it; touched from the background it fails the test. */
class ScriptedTerminal implements SharedTerminal, Disposable {
  readonly clock = new FakeClock();
  readonly events: string[] = [];
  inFront = true;
  typed = "";
  isGone = false;
  readonly keys: TerminalKeys;

  constructor({ inFront = true, typed = "" } = {}) {
    this.inFront = inFront;
    this.typed = typed;
    this.keys = new TerminalKeys(this, {
      clock: this.clock,
      listener: {
        onKey: (key) => this.events.push(key),
        onListening: () => this.events.push("listening"),
      },
    });
  }

  isOurs(): boolean {
    return this.inFront;
  }

  setSingle(isSingle: boolean): void {
    assert.ok(this.inFront, "a background process that sets its terminal is stopped");
    this.events.push(isSingle ? "single" : "as found");
  }

  read(): string {
    assert.ok(this.inFront, "a background process that reads its terminal is stopped");
    if (this.isGone) throw new Error("EIO");
    const { typed } = this;
    this.typed = "";
    return typed;
  }

  /** What happened once this was typed. */
  async press(typed: string): Promise<string[]> {
    this.typed += typed;
    return await this.happened();
  }

  /** What happened since this was last asked. */
  async happened(): Promise<string[]> {
    await this.clock.advance(50);
    return this.events.splice(0);
  }

  [Symbol.dispose](): void {
    this.keys[Symbol.dispose]();
  }
}

Deno.test("keys come one by one, without those that were typed before, until nobody listens", async () => {
  using terminal = new ScriptedTerminal({ typed: "q\n" });
  assert.deepEqual(await terminal.happened(), ["single", "listening"]);
  assert.deepEqual(await terminal.press("+"), ["+"]);
  assert.deepEqual(await terminal.press("++"), ["+", "+"]);
  assert.deepEqual(await terminal.happened(), []);
  terminal.keys[Symbol.dispose]();
  assert.deepEqual(await terminal.press("q"), ["as found"]);
  assert.equal(terminal.clock.sleeperCount, 0);
});

Deno.test("what is pasted, and keys that are no single character, are no keys", async () => {
  using terminal = new ScriptedTerminal();
  await terminal.happened();
  for (const typed of ["quit please", "\x1b[A", "\x1b", "\x1b[200~q\x1b[201~"]) {
    assert.deepEqual(await terminal.press(typed), [], JSON.stringify(typed));
  }
});

Deno.test("in the background the terminal is not touched; in front again its keys are taken again", async () => {
  using terminal = new ScriptedTerminal({ inFront: false });
  assert.deepEqual(await terminal.press("q"), []);
  terminal.inFront = true;
  assert.deepEqual(await terminal.happened(), ["single", "listening"]);
  terminal.inFront = false;
  assert.deepEqual(await terminal.press("q"), []);
  terminal.inFront = true;
  assert.deepEqual(await terminal.happened(), ["single", "listening"], "others have set it");
  assert.deepEqual(await terminal.press("m"), ["m"]);
  terminal.inFront = false;
});

Deno.test("before it is stopped it gives the terminal back, and takes it when it goes on", async () => {
  using terminal = new ScriptedTerminal();
  await terminal.happened();
  terminal.keys.give();
  assert.deepEqual(terminal.events.splice(0), ["as found"]);
  assert.deepEqual(await terminal.happened(), ["single", "listening"]);
  terminal.keys.forget();
  assert.deepEqual(await terminal.happened(), ["single", "listening"], "stopped without a word");
});

Deno.test("a program that asks the user something has the terminal as it was found meanwhile", async () => {
  using terminal = new ScriptedTerminal();
  await terminal.happened();
  {
    using _one = borrowTerminal();
    assert.deepEqual(terminal.events.splice(0), ["as found"], "before the program is started");
    using _other = borrowTerminal();
    assert.deepEqual(await terminal.press("secret\n"), []);
  }
  assert.deepEqual(await terminal.happened(), ["single", "listening"]);
  assert.deepEqual(await terminal.press("m"), ["m"]);
});

Deno.test("a terminal that is gone is no error", async () => {
  using terminal = new ScriptedTerminal();
  await terminal.happened();
  terminal.isGone = true;
  assert.deepEqual(await terminal.happened(), []);
  assert.equal(terminal.clock.sleeperCount, 0);
});
