/**
 * What does a client see of a route that changes? It asks back to back over a connection that it keeps,
 * so that even a gap of a few ms shows.
 * @module
 */

import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { HttpAnswer } from "../../support/http_answer.ts";
import type { Scene } from "./scene.ts";

/** No change takes so many, on however fast a machine. */
const HANGING_QUESTIONS = 200_000;

export class ClosedLoop implements Disposable {
  /** All of them. */
  readonly answers: HttpAnswer[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #scene: Scene;
  readonly #route: string;

  /** @param route that is served */
  constructor(scene: Scene, route: string) {
    this.#scene = scene;
    this.#route = route;
  }

  get failures(): HttpAnswer[] {
    return this.answers.filter(({ outcome }) => outcome !== 200);
  }

  /** Changes fields of all rules of the route, and asks until an answer is of that. */
  async during(
    change: Readonly<Record<string, unknown>>,
    isChanged: (answer: HttpAnswer) => boolean,
  ): Promise<void> {
    const { spec } = await this.#scene.readRoute(this.#route);
    const rules = spec.rules.map((rule) => ({ ...rule, ...change }));
    const changing = this.#scene.patchRoute(this.#route, { spec: { rules } });
    const host = this.#scene.host(this.#route);
    for (let asked = 0;; asked += 1) {
      assert.ok(asked < HANGING_QUESTIONS, `no answer is of ${JSON.stringify(change)}`);
      const answer = await this.#scene.ask(host, this.#agent);
      this.answers.push(answer);
      if (isChanged(answer)) break;
    }
    await changing;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
