/**
 * How do batches, pauses, limits and the simulated cluster grow with the number of routes? By the
 * rules of kgateway's load tests, so that results can be set beside theirs.
 * Source: kgateway, test/e2e/features/loadtesting/types.go and vcluster_simulator.go.
 * @module
 */

/** Routes of each profile. */
export const PROFILES = { baseline: 1_000, production: 5_000 } as const;

export type ProfileName = keyof typeof PROFILES;

export interface RouteProfile {
  /** Routes that are made one after another, until the next pause. */
  readonly batch: number;
  readonly pauseMs: number;
  /** The incremental route has to be set up in less. */
  readonly setUpLimitMs: number;
  /** And to be gone in less. */
  readonly tearDownLimitMs: number;
}

export function routeProfile(routes: number): RouteProfile {
  return { batch: routes >= 5_000 ? 500 : 100, pauseMs: 100, ...limitsOf(routes) };
}

function limitsOf(routes: number): Pick<RouteProfile, "setUpLimitMs" | "tearDownLimitMs"> {
  if (routes <= 1_000) return { setUpLimitMs: 30_000, tearDownLimitMs: 10_000 };
  if (routes <= 5_000) return { setUpLimitMs: 90_000, tearDownLimitMs: 20_000 };
  return { setUpLimitMs: 120_000, tearDownLimitMs: 30_000 };
}

export interface SimulatedSize {
  readonly nodes: number;
  readonly servicesPerNode: number;
  readonly services: number;
}

/** Of the cluster behind this many routes. Every service has two endpoints. */
export function simulatedSize(routes: number): SimulatedSize {
  const isSmall = routes <= 1_000;
  const nodes = Math.max(isSmall ? 2 : 3, Math.floor(routes / (isSmall ? 200 : 100)));
  const perNode = Math.floor(routes / (nodes * (isSmall ? 3 : 2)));
  const servicesPerNode = Math.max(isSmall ? 20 : 15, perNode);
  return { nodes, servicesPerNode, services: nodes * servicesPerNode };
}
