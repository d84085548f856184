/**
 * A headless Chromium with one page, driven by the DevTools protocol over its own stdin and stdout: no
 * port, no package. What the page logs, throws and asks for is kept.
 * Source: https://chromedevtools.github.io/devtools-protocol/ (domains Page, Runtime, Network,
 * Emulation), `--remote-debugging-pipe`: JSON texts that end with a zero byte.
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";

export const CHROMIUM = "/usr/bin/chromium";
export const CHROMIUM_FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** A browser that hangs must not hang the tests. */
const BROWSER_LIMIT_MS = 180_000;

/** False, and said so, where there is none; fails where one is required. */
export function hasChromium(): boolean {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    const isRequired = Deno.env.get("CI") === "true" &&
      Deno.env.get("SCALETOOL_REQUIRE_BROWSER") === "1";
    assert.ok(!isRequired, `Cannot test in a browser: ${CHROMIUM} is required and is not there`);
    Deno.stderr.writeSync(new TextEncoder().encode("skipped: no chromium\n"));
    return false;
  }
}

type Params = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

/** How the page is looked at. */
export interface Look {
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly scheme?: "light" | "dark";
}

/** See the module. Dispose it to end it. */
export class Chromium implements AsyncDisposable {
  /** Errors: thrown, logged or blocked by a policy. */
  readonly complaints: string[] = [];
  /** Every address that the page asked for. */
  readonly asked: string[] = [];
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, PromiseWithResolvers<Params>>();
  #calls = 0;
  #session: string | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    const command = [
      CHROMIUM,
      ...CHROMIUM_FLAGS,
      "--remote-debugging-pipe",
      `--user-data-dir=${folder}`,
    ];
    this.#child = new Deno.Command("sh", {
      // It reads the protocol from descriptor 3 and writes it to 4.
      args: ["-c", `exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null`, ...command],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      signal: AbortSignal.timeout(BROWSER_LIMIT_MS),
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    void this.#read();
  }

  static async open(look: Look = {}): Promise<Chromium> {
    const browser = new Chromium(await Deno.makeTempDir({ prefix: "scaletool-browser-" }));
    const { targetId } = await browser.#call("Target.createTarget", { url: "about:blank" });
    const attached = await browser.#call("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = String(attached["sessionId"]);
    for (const domain of ["Page", "Runtime", "Network", "Log"]) {
      await browser.#call(`${domain}.enable`);
    }
    await browser.look(look);
    return browser;
  }

  async look({ widthPx = 1_200, heightPx = 1_600, scheme = "light" }: Look): Promise<void> {
    await this.#call("Emulation.setDeviceMetricsOverride", {
      width: widthPx,
      height: heightPx,
      deviceScaleFactor: 1,
      mobile: false,
    });
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#call("Emulation.setEmulatedMedia", { features });
  }

  /** Goes there, also if only the fragment is another one. */
  async visit(url: string): Promise<void> {
    await this.#call("Page.navigate", { url: "about:blank" });
    await this.#call("Page.navigate", { url });
    await eventually(
      "the page is read",
      async () => await this.value("document.readyState") === "complete",
    );
  }

  /** What an expression comes to in the page, awaited. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    }) as { result: { value?: unknown }; exceptionDetails?: unknown };
    assert.equal(exceptionDetails, undefined, `${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Resolves once the expression is true. */
  async until(what: string, expression: string): Promise<void> {
    await eventually(what, async () => await this.value(`Boolean(${expression})`) === true);
  }

  /** Types into what has the focus, as a keyboard does. */
  async type(text: string): Promise<void> {
    await this.#call("Input.insertText", { text });
  }

  /** Presses a key, e.g. `Tab`, `Enter`. */
  async press(key: string): Promise<void> {
    const code = { Tab: 9, Enter: 13 }[key] ?? 0;
    const text = key === "Enter" ? { text: "\r" } : {};
    const event = { key, code: key, windowsVirtualKeyCode: code };
    await this.#call("Input.dispatchKeyEvent", { type: "keyDown", ...event, ...text });
    await this.#call("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** Moves the mouse from one place to another with its button down; px of the window. */
  async drag(
    from: readonly [x: number, y: number],
    to: readonly [x: number, y: number],
  ): Promise<void> {
    const mouse = (type: string, [x, y]: readonly [number, number]) =>
      this.#call("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    await mouse("mouseMoved", from);
    await mouse("mousePressed", from);
    await mouse("mouseMoved", to);
    await mouse("mouseReleased", to);
  }

  /** A PNG of what is seen of the page, or of all of it. */
  async screenshot({ isWhole = false } = {}): Promise<Uint8Array> {
    const { data } = await this.#call("Page.captureScreenshot", {
      captureBeyondViewport: isWhole,
    });
    return Uint8Array.from(atob(String(data)), (char) => char.charCodeAt(0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call("Browser.close").catch(() => {});
    await this.#child.status;
    await this.#writer.close().catch(() => {});
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
  }

  async #call(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.#calls;
    const answer = Promise.withResolvers<Params>();
    this.#waiting.set(id, answer);
    const sessionId = method.startsWith("Browser.") ? undefined : this.#session;
    const text = JSON.stringify({ id, method, params, sessionId });
    await this.#writer.write(new TextEncoder().encode(`${text}\0`));
    return await answer.promise;
  }

  async #read(): Promise<void> {
    let text = "";
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const whole = text.split("\0");
      text = whole.pop()!;
      for (const message of whole) this.#take(JSON.parse(message));
    }
    for (const { reject } of this.#waiting.values()) reject(new Error("the browser has ended"));
  }

  #take({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const answer = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) answer?.resolve(result ?? {});
      else answer?.reject(new Error(error.message));
      return;
    }
    if (method === "Network.requestWillBeSent") {
      const { url } = params?.["request"] as { url: string };
      if (url !== "about:blank") this.asked.push(url);
    } else if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") {
      this.complaints.push(JSON.stringify(params));
    } else if (method === "Runtime.consoleAPICalled" && params?.["type"] === "error") {
      this.complaints.push(JSON.stringify(params["args"]));
    }
  }
}
