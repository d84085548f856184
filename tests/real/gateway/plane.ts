/**
 * The cluster that a gateway is put into: one that was started here, or one that some other process
 * left running.
 * @module
 */

import { parse } from "yaml";
import { ApiRequests, type RequestOptions } from "../api_requests.ts";
import type { RunDir } from "../run_dir.ts";
import type { User } from "../users.ts";

/** A `ControlPlane` is one. */
export interface GatewayPlane {
  /** The cluster's directory. */
  readonly dir: string;
  kubeconfig(user: "gateway"): string;
  /** The parsed body of a 2xx answer; everything else throws. */
  admin<Body = unknown>(path: string, options?: RequestOptions): Promise<Body>;
}

/** The cluster of a directory; its admin's token is in there. */
export class RunningPlane implements GatewayPlane, Disposable {
  readonly #dir: RunDir;
  readonly #requests: ApiRequests;
  readonly #token: string;

  constructor(dir: RunDir) {
    this.#dir = dir;
    const caPem = Deno.readTextFileSync(dir.key("ca.crt"));
    this.#requests = new ApiRequests(dir.readState().server, caPem);
    const { users } = parse(Deno.readTextFileSync(dir.kubeconfig("admin")));
    this.#token = users[0].user.token;
  }

  get dir(): string {
    return this.#dir.root;
  }

  get server(): string {
    return this.#dir.readState().server;
  }

  kubeconfig(user: User): string {
    return this.#dir.kubeconfig(user);
  }

  async admin<Body = unknown>(path: string, options: RequestOptions = {}): Promise<Body> {
    return await this.#requests.sendOk(path, { ...options, token: this.#token }) as Body;
  }

  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
  }
}
