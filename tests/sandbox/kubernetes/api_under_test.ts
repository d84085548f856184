/**
 * A stand-in on a clock that stands still, and short ways to ask it.
 * @module
 */

import assert from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import {
  type ApiCall,
  KubernetesApi,
  type KubernetesApiOptions,
} from "../../../sandbox/kubernetes/api.ts";
import { FakeClock } from "../../support/fake_clock.ts";

export const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const ADMIN = { username: "admin", groups: ["sandbox:admins", "system:authenticated"] };

/** An object, a list or a Status: what tests look at. */
export interface Body {
  readonly kind: string;
  readonly message?: string;
  readonly reason?: string;
  readonly metadata: {
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly deletionTimestamp?: string;
  };
  readonly items?: readonly Body[];
}

export interface Parsed {
  readonly status: number;
  readonly body: Body;
}

export class ApiUnderTest implements Disposable {
  readonly clock = new FakeClock();
  readonly api: KubernetesApi;

  constructor(options: Partial<KubernetesApiOptions> = {}) {
    this.api = new KubernetesApi({ clock: this.clock, rng: createRng(7), ...options });
  }

  /** Not awaited by whoever lets time pass before the answer. */
  send(path: string, call: Partial<ApiCall> = {}): Promise<Response> {
    return this.api.handle({
      method: "GET",
      path,
      headers: new Headers({ "content-type": "application/json" }),
      body: "",
      user: ADMIN,
      signal: new AbortController().signal,
      ...call,
    });
  }

  async ask(path: string, call: Partial<ApiCall> = {}): Promise<Parsed> {
    const answer = await this.send(path, call);
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  }

  async create(name: string, more: Readonly<Record<string, unknown>> = {}): Promise<Body> {
    const object = { metadata: { name, labels: { made: "yes" } }, ...more };
    const { status, body } = await this.ask(CONFIG_MAPS, {
      method: "POST",
      body: JSON.stringify(object),
    });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  }

  async remove(name: string): Promise<Parsed> {
    return await this.ask(`${CONFIG_MAPS}/${name}`, { method: "DELETE" });
  }

  [Symbol.dispose](): void {
    this.api[Symbol.dispose]();
  }
}

/** What a watch sends, in the background. */
export class WatchReader {
  /** `ADDED a`, `BOOKMARK 17`, `ERROR message`. */
  readonly lines: string[] = [];
  readonly ended: Promise<void>;
  isOver = false;

  constructor(answer: Response) {
    assert.equal(answer.status, 200);
    this.ended = this.#read(answer.body!);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      for (const line of decoder.decode(chunk).trimEnd().split("\n")) {
        const { type, object } = JSON.parse(line);
        const { name, resourceVersion } = object.metadata;
        this.lines.push(`${type} ${object.message ?? name ?? resourceVersion}`);
      }
    }
    this.isOver = true;
  }
}
