/**
 * A cluster-scoped kind of a test's own, whose columns can be changed. Shares no names with others,
 * because a Steve resets what it has of a kind as a whole.
 * @module
 */

import assert from "node:assert/strict";
import { eventually, patch, post, remove } from "../asking.ts";
import type { Seen } from "../subject.ts";
import { askSteve } from "./asking_steve.ts";
import { stopped } from "./messages.ts";
import { SteveSocket } from "./socket.ts";
import type { SteveSubject } from "./subject.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** A kind that has been served for so long is not reset any more without a reason. */
const SETTLING_MS = 1_000;
const COLUMN = { name: "Called", type: "string", jsonPath: ".metadata.name" };

export class CustomKind implements AsyncDisposable {
  /** What a subscription calls it. */
  readonly type: string;
  readonly #subject: SteveSubject;
  readonly #group: string;

  private constructor(subject: SteveSubject, group: string) {
    this.#subject = subject;
    this.#group = group;
    this.type = `${group}.foos`;
  }

  /** Without columns of its own; resolves when Steve serves it for good. */
  static async make(subject: SteveSubject, group: string): Promise<CustomKind> {
    const kind = new CustomKind(subject, group);
    await post(subject, DEFINITIONS, {
      metadata: { name: `foos.${group}` },
      spec: {
        group,
        scope: "Cluster",
        names: { kind: "Foo", listKind: "FooList", plural: "foos", singular: "foo" },
        versions: [version({ withColumn: false })],
      },
    });
    await kind.untilListed(200);
    await kind.#untilSettled();
    return kind;
  }

  async untilListed(status: 200 | 404): Promise<void> {
    const list = () => askSteve(this.#subject, `/v1/${this.type}`);
    await eventually(`${this.type} with ${status}`, async () => (await list()).status === status);
  }

  async create(name: string): Promise<Seen> {
    return await post(this.#subject, this.#path, { ...this.#typed, metadata: { name } });
  }

  async delete(name: string): Promise<void> {
    await remove(this.#subject, `${this.#path}/${name}`);
  }

  /** With a column of its own or with the one that every kind has. */
  async setColumn(withColumn: boolean): Promise<void> {
    await patch(this.#subject, this.#definition, {
      body: { spec: { versions: [version({ withColumn })] } },
    });
  }

  /** A change after which every column is as it was. */
  async setShortName(name: string): Promise<void> {
    await patch(this.#subject, this.#definition, {
      body: { spec: { names: { shortNames: [name] } } },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subject.ask(this.#definition, { method: "DELETE" });
  }

  /** What was asked for in the first moments of a kind is thrown away a little later. */
  async #untilSettled(): Promise<void> {
    await using socket = await SteveSocket.open(this.#subject);
    const subscription = { resourceType: this.type };
    let isSettled = false;
    while (!isSettled) {
      await socket.subscribe(subscription);
      const message = await socket.nextWithin(SETTLING_MS);
      if (message !== undefined) assert.equal(message, stopped(subscription));
      isSettled = message === undefined;
    }
  }

  get #definition(): string {
    return `${DEFINITIONS}/foos.${this.#group}`;
  }

  get #path(): string {
    return `/apis/${this.#group}/v1/foos`;
  }

  get #typed() {
    return { apiVersion: `${this.#group}/v1`, kind: "Foo" };
  }
}

function version({ withColumn }: { withColumn: boolean }) {
  return {
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: "object" } },
    ...(withColumn ? { additionalPrinterColumns: [COLUMN] } : {}),
  };
}
