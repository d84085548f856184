/**
 * A small Steve on a test's clock: events of each type, debounced notifications, versions that are
 * too old after a reset. Its faults are switched on by the test.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { SubscriptionSpec, WrittenEvent } from "../../../watchers/steve/written_event.ts";
import { type ScriptedSocket, ScriptedSteve, type SentMessage } from "./scripted_steve.ts";

interface Watch {
  readonly socket: ScriptedSocket;
  readonly key: SentMessage;
  hasTold: boolean;
  isArmed: boolean;
}

export class DebouncingSteve extends ScriptedSteve {
  revision = 100;
  /** Asked before each message about a change, with the socket's number: false keeps it back. */
  mayTell: (type: string, socket: number) => boolean = () => true;
  /** How often each message about a change is sent. */
  times = 1;
  /** Whether sockets that are dialled open. */
  isUp = true;
  readonly lists: string[] = [];
  readonly #clock: Clock;
  readonly #watches = new Set<Watch>();
  /** Versions from before cannot be gone on from. */
  readonly #oldest = new Map<string, number>();

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
    this.onDial = (socket) => {
      socket.onSent = (message) => this.#subscribe(socket, message);
      // No socket opens before its maker knows of it.
      void Promise.resolve().then(() =>
        this.isUp ? socket.open() : socket.fail("connection-refused")
      );
    };
  }

  readonly list = ({ type }: SubscriptionSpec): Promise<string | undefined> => {
    this.lists.push(type);
    return Promise.resolve(String(this.revision));
  };

  get watchCount(): number {
    return this.#watches.size;
  }

  /** Writes an object, tells the watches and returns what was written. */
  write(type: string, op: WrittenEvent["op"] = "create"): WrittenEvent {
    const revision = ++this.revision;
    for (const watch of this.#watches) {
      if (watch.key.resourceType === type) this.#notice(watch, { op, revision });
    }
    const atMs = this.#clock.wallNow().getTime();
    return { type, op, name: `n${revision}`, revision: BigInt(revision), atMs };
  }

  /** Drops the cache of a type: its watches end, and what was is forgotten. */
  reset(type: string, { isSilent = false } = {}): void {
    this.#oldest.set(type, ++this.revision);
    for (const watch of this.#watches) {
      if (watch.key.resourceType !== type) continue;
      this.#watches.delete(watch);
      if (!isSilent) watch.socket.say("resource.stop", watch.key);
    }
  }

  dropSockets(): void {
    this.#watches.clear();
    for (const socket of this.sockets.splice(0)) socket.fail();
  }

  /** Ends one subscription as a full queue does. */
  stopOne(type: string): void {
    const watch = [...this.#watches].find(({ key }) => key.resourceType === type);
    if (watch === undefined) throw new Error(`Nobody watches ${type}`);
    this.#watches.delete(watch);
    watch.socket.say("resource.stop", watch.key);
  }

  ping(): void {
    for (const socket of this.sockets) socket.say("ping");
  }

  #subscribe(socket: ScriptedSocket, key: SentMessage): void {
    socket.say("resource.start", key);
    if (Number(key.resourceVersion ?? Infinity) < (this.#oldest.get(key.resourceType) ?? 0)) {
      socket.say("resource.error", key, { data: { error: "resourceversion too old" } });
      socket.say("resource.stop", key);
      return;
    }
    this.#watches.add({ socket, key, hasTold: false, isArmed: false });
  }

  #notice(watch: Watch, { op, revision }: { op: string; revision: number }): void {
    if (watch.key.mode === undefined) return this.#tell(watch, `resource.${op}`, revision);
    if (!watch.hasTold) {
      watch.hasTold = true;
      return this.#tell(watch, "resource.changes", revision);
    }
    if (watch.isArmed) return;
    watch.isArmed = true;
    void this.#clock.sleepUntil(this.#clock.now() + (watch.key.debounceMs ?? 5_000)).then(() => {
      watch.isArmed = false;
      if (this.#watches.has(watch)) this.#tell(watch, "resource.changes", this.revision);
    });
  }

  #tell({ socket, key }: Watch, name: string, revision: number): void {
    if (!this.mayTell(key.resourceType, this.sockets.indexOf(socket))) return;
    for (let time = 0; time < this.times; time++) socket.say(name, key, { revision });
  }
}
