/**
 * The controller: from what it knows of the cluster to what it says of Gateways and routes and to what
 * it has the data plane do. Changes take effect together, a moment after the first of them.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { objectKey } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { ApiHandler } from "../../faults/fault.ts";
import { KubeFeed } from "../../kube_feed.ts";
import type { DataPlane } from "../data_plane/data_plane.ts";
import type { ServedRoute } from "../data_plane/routing_table.ts";
import type { GatewayFaultChain } from "../faults/fault_chain.ts";
import type { ControllerHandle } from "../faults/gateway_fault.ts";
import type { Gateway, HttpRoute } from "../objects.ts";
import { CONTROLLER_NAME, type GatewaySettings, MANAGER } from "../options.ts";
import { classStatus, gatewayStatus, saysTheSame } from "../statuses/gateway_status.ts";
import { routeStatus } from "../statuses/route_status.ts";
import { type MakeStatus, StatusClient } from "../statuses/status_client.ts";
import { StatusWriter } from "../statuses/status_writer.ts";
import { Backends } from "./backends.ts";
import { ClusterView, DEPENDENCY } from "./cluster_view.ts";
import { ForeignController } from "./foreign_controller.ts";
import type { ObjectChange } from "./object_cache.ts";
import { parentsOf, planRoute, type RoutePlan } from "./route_plan.ts";

export interface ControllerOptions {
  readonly kube: ApiHandler;
  readonly clock: Clock;
  readonly settings: GatewaySettings;
  readonly dataPlane: DataPlane;
  readonly faults: GatewayFaultChain;
  readonly ended: AbortSignal;
}

export class Controller implements ControllerHandle {
  readonly #options: ControllerOptions;
  readonly #view: ClusterView;
  readonly #backends: Backends;
  readonly #client: StatusClient;
  readonly #writer: StatusWriter;
  readonly #foreign: ForeignController;
  readonly #plans = new Map<string, RoutePlan>();
  /** Routes that have changed, or on which something else has. */
  readonly #dirty = new Set<string>();
  #isWaiting = false;
  #isDown = false;

  constructor(options: ControllerOptions) {
    const { kube, clock, settings, ended } = options;
    this.#options = options;
    this.#view = new ClusterView({
      feed: new KubeFeed(kube, { clock }),
      signal: ended,
      listener: {
        onClass: () => this.#onClass(),
        onGateway: (change) => this.#onGateway(change),
        onRoute: (change) => this.#onRoute(change),
        onDependency: (dependency) => this.#onDependency(dependency),
      },
    });
    this.#backends = new Backends(this.#view, settings);
    this.#client = new StatusClient(kube, MANAGER);
    this.#foreign = new ForeignController(options);
    this.#writer = new StatusWriter({
      route: (key) => this.#writeRoute(key),
      gateway: (key) => this.#writeGateway(key),
    }, { ended });
  }

  /** Resolves when it knows what is there, and has said so. */
  async ready(): Promise<void> {
    await this.#view.ready();
    await this.#writer.idle();
  }

  refreshGateways(): void {
    for (const key of this.#view.gateways.keys()) this.#writer.wantGateway(key);
  }

  async forget(gapMs: number): Promise<void> {
    const { clock, dataPlane, ended } = this.#options;
    this.#isDown = true;
    dataPlane.clear();
    this.#plans.clear();
    this.refreshGateways();
    await clock.sleepUntil(clock.now() + gapMs, ended);
    this.start();
  }

  /** It does nothing any more; what it has told its data plane stays. */
  stop(): void {
    this.#isDown = true;
  }

  /** It looks at everything, as after a restart. */
  start(): void {
    this.#isDown = false;
    for (const key of [...this.#view.routes.keys(), ...this.#plans.keys()]) this.#touch(key);
    this.refreshGateways();
  }

  #onClass(): void {
    for (const object of this.#view.classes.values()) {
      if (object.spec.controllerName !== CONTROLLER_NAME) continue;
      void this.#write(
        GATEWAY_CLASSES,
        objectKey(object),
        (found) => classStatus(found, this.#now),
      );
    }
    for (const key of this.#view.gateways.keys()) this.#onDependency(DEPENDENCY.gateway(key));
    this.refreshGateways();
  }

  #onGateway({ key, before, after }: ObjectChange<Gateway>): void {
    // Also what this controller writes itself comes back as a change.
    if (isSameSpec(before, after)) return;
    this.#onDependency(DEPENDENCY.gateway(key));
    if (after !== undefined) this.#writer.wantGateway(key);
  }

  #onRoute({ key, before, after }: ObjectChange<HttpRoute>): void {
    const { faults } = this.#options;
    if (after !== undefined) {
      faults.onRoute({ key, gateways: parentsOf(after).map(({ gateway }) => gateway) }, this);
    }
    if (faults.ignores(key)) return;
    // Of one whose status alone has changed it is seen to that nobody else has changed it.
    if (isSameSpec(before, after)) return this.#writer.wantRoute(key);
    this.#touch(key);
  }

  #onDependency(dependency: string): void {
    for (const [key, { dependsOn }] of this.#plans) {
      if (dependsOn.has(dependency)) this.#touch(key);
    }
  }

  #touch(key: string): void {
    this.#dirty.add(key);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void this.#settle();
  }

  async #settle(): Promise<void> {
    const { clock, settings: { settleMs }, faults, ended } = this.#options;
    await clock.sleepUntil(faults.effectAtMs(clock.now() + settleMs), ended);
    this.#isWaiting = false;
    // One that is down will look at everything when it is back.
    if (!ended.aborted && !this.#isDown) this.#translate();
  }

  #translate(): void {
    const keys = [...this.#dirty];
    this.#dirty.clear();
    for (const key of keys) this.#translateRoute(key);
    if (keys.length > 0) this.refreshGateways();
  }

  #translateRoute(key: string): void {
    const { settings } = this.#options;
    const route = this.#view.routes.get(key);
    if (route === undefined) {
      this.#serve(key, undefined);
      this.#plans.delete(key);
      return;
    }
    const plan = planRoute(key, route, {
      backends: this.#backends,
      gateway: (gateway) => this.#ownGateway(gateway),
      settings,
    });
    this.#serve(key, plan.served);
    this.#plans.set(key, plan);
    this.#writer.wantRoute(key);
  }

  #serve(key: string, after: ServedRoute | undefined): void {
    const { dataPlane, faults } = this.#options;
    const before = this.#plans.get(key)?.served;
    faults.serve(key, { before, after }, (served) => dataPlane.program(key, served));
  }

  #ownGateway(key: string): Gateway | undefined {
    const gateway = this.#view.gateways.get(key);
    if (gateway === undefined) return undefined;
    const found = this.#view.classes.get(gateway.spec.gatewayClassName);
    return found?.spec.controllerName === CONTROLLER_NAME ? gateway : undefined;
  }

  get #now(): string {
    return this.#options.clock.wallNow().toISOString().replace(/\.\d+Z$/, "Z");
  }

  async #writeRoute(key: string): Promise<void> {
    const { faults } = this.#options;
    const plan = this.#plans.get(key);
    if (plan === undefined || this.#isDown || faults.isSilentOn(key)) return;
    const isWritten = await this.#client.write(HTTP_ROUTES, {
      key,
      status: (found) => routeStatus(found as HttpRoute, { plan, now: this.#now }),
    });
    if (!isWritten) return;
    for (const rewriting of faults.rewritingsOf(key)) void this.#foreign.rewrite(key, rewriting);
  }

  async #writeGateway(key: string): Promise<void> {
    const gateway = this.#ownGateway(key);
    if (gateway === undefined) return;
    const { dataPlane, faults } = this.#options;
    const said = (listener: string) =>
      faults.attachedRoutes(`${key}/${listener}`, this.#attachedRoutes(key, listener));
    await this.#write(GATEWAYS, key, () =>
      gatewayStatus(gateway, {
        address: dataPlane.address,
        isServed: (port) => dataPlane.isServed(port),
        attachedRoutes: said,
        now: this.#now,
      }));
  }

  /** Unless it says the same already. */
  async #write(resource: Resource, key: string, make: MakeStatus): Promise<void> {
    await this.#client.write(resource, {
      key,
      status: (found) => {
        const status = make(found);
        return saysTheSame(found["status"], status) ? undefined : status;
      },
    });
  }

  #attachedRoutes(gateway: string, listener: string): number {
    let count = 0;
    for (const [route, { attachments }] of this.#plans) {
      const isAttached = attachments.some((one) =>
        one.gateway === gateway && one.listener === listener
      );
      if (isAttached) count += this.#options.faults.countOf(route);
    }
    return count;
  }
}

function isSameSpec(
  before: HttpRoute | Gateway | undefined,
  after: HttpRoute | Gateway | undefined,
): boolean {
  return before !== undefined && after !== undefined &&
    before.metadata.uid === after.metadata.uid &&
    before.metadata.generation === after.metadata.generation;
}
