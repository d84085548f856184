/**
 * The work of the tokens probe: for each number of users they are made, then asked for in two arms through
 * the gateway, and their tokens reviewed at the API server. At the end the smallest number once more.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import { timed } from "../../../core/load/timed.ts";
import type { Run } from "../../../core/run/run.ts";
import { type RunStage, runStage } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { ChatClient } from "../chat/chat_client.ts";
import type { MaasTarget } from "../target/target.ts";
import type { AccountUsers, Unmade } from "../users/account_users.ts";
import type { User } from "../users/user.ts";
import { gatewayArm } from "./gateway_arm.ts";
import {
  type Arm,
  ARMS,
  PROVISION,
  UNPROVISIONED,
  type Volume,
  volumeTag,
  volumeTags,
} from "./measured.ts";
import { reviewArm } from "./review_arm.ts";
import { Seat } from "./seat.ts";
import { type TokensPlan, volumesOf, workingSetOf } from "./tokens_plan.ts";
import { judgeVolumes, type VolumeJudgement } from "./volume_judgement.ts";

export interface TokensScene {
  readonly run: Run;
  readonly cluster: Cluster;
  /** Of the plan's tier; whoever is there goes. */
  readonly users: AccountUsers;
  readonly target: Pick<MaasTarget, "audiences">;
  readonly client: Pick<ChatClient, "ask">;
  /** Puts a load on the gateway, with what goes along with that. */
  load(stage: RunStage, work: () => Promise<void>): Promise<void>;
}

/** See the module. Resolves when all is measured, or the run is stopped. */
export async function measureTokens(scene: TokensScene, plan: TokensPlan): Promise<void> {
  const { run } = scene;
  try {
    await measureVolumes(scene, plan);
  } catch (thrown) {
    if (!run.stopping.aborted) throw thrown;
  }
  run.rotate();
  const judged = judgeVolumes(run.live, plan);
  for (const { finding } of judged) run.addFinding(finding);
  addFacts(run, judged);
}

async function measureVolumes(scene: TokensScene, plan: TokensPlan): Promise<void> {
  const { run } = scene;
  const work = new TokensWork(scene, plan);
  for (const [turn, volume] of volumesOf(plan).entries()) {
    if (run.stopping.aborted) return;
    const isWhole = await work.provision(volume);
    await work.arms(volume, turn);
    // More of them are refused all the more.
    if (!isWhole) return;
  }
}

type Measured = (stage: RunStage) => Promise<void>;

class TokensWork {
  readonly #scene: TokensScene;
  readonly #plan: TokensPlan;
  /** Those whose token the gateway has seen. */
  readonly #shown = new Set<User>();
  readonly #seats: readonly Seat[];

  constructor(scene: TokensScene, plan: TokensPlan) {
    this.#seats = Array.from({ length: plan.workers }, () => new Seat());
    this.#scene = scene;
    this.#plan = plan;
  }

  /** New users, as many as the volume has. @returns whether they are all there */
  async provision(volume: Volume): Promise<boolean> {
    const { users } = this.#scene;
    const { tier } = this.#plan;
    const tags = volumeTags(volume);
    await users.clear();
    await this.#stage("provision", volume, async (stage) => {
      await stage.begin();
      const { startMs: atMs } = stage;
      const more = { tier, count: volume.users };
      const unmade = await timed(stage, () => users.grow(stage, more, tags), {
        op: PROVISION,
        tags,
      });
      stage.recorder.count(UNPROVISIONED, unmade.count, { atMs, tags });
      if (unmade.count > 0) tellMissing(stage, volume, unmade);
    });
    return users.all.length === volume.users;
  }

  /** In another order each time, so that none always has what the one before it has left. */
  async arms(volume: Volume, turn: number): Promise<void> {
    const { users } = this.#scene;
    if (users.all.length === 0) return;
    const all: readonly (readonly [string, Measured])[] = [
      ...ARMS.map((arm) => [arm, (stage: RunStage) => this.#gateway(stage, arm, volume)] as const),
      ...(this.#plan.reviews === 0
        ? []
        : [["reviews", (stage: RunStage) => this.#reviews(stage, volume)] as const]),
    ];
    for (let step = 0; step < all.length; step++) {
      const [name, measured] = all[(turn + step) % all.length]!;
      await this.#stage(name, volume, measured);
    }
  }

  async #gateway(stage: RunStage, arm: Arm, volume: Volume): Promise<void> {
    const { users: { all }, client } = this.#scene;
    const { requests, armMs: leastMs } = this.#plan;
    const users = arm === "full" ? all : all.slice(0, workingSetOf(this.#plan));
    const tags = volumeTags(volume);
    const [seats, shown] = [this.#seats, this.#shown];
    const options = { arm, users, seats, requests, leastMs, tags, client, shown };
    await this.#scene.load(stage, () => gatewayArm(stage, options));
  }

  async #reviews(stage: RunStage, volume: Volume): Promise<void> {
    const { cluster, users, target: { audiences } } = this.#scene;
    const { workers, reviews, armMs: leastMs } = this.#plan;
    const accounts = users.all.map(({ ref }) => ref);
    const tags = volumeTags(volume);
    try {
      await reviewArm(stage, { cluster, accounts, audiences, reviews, workers, leastMs, tags });
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      stage.addFinding({
        subject: `reviews with ${volume.users} users`,
        verdict: "inconclusive",
        observed: null,
        limit: "tokens to be reviewed",
        reason: `none were issued: ${messageOf(thrown)}`,
      });
    }
  }

  async #stage(name: string, volume: Volume, work: Measured): Promise<void> {
    await runStage(this.#scene.run, {
      name: `${name} N=${volumeTag(volume)}`,
      kind: "measured",
      level: volume.users,
      targetRatePerSec: null,
    }, work);
  }
}

function tellMissing(stage: RunStage, { users }: Volume, { count, first }: Unmade): void {
  stage.addFinding({
    subject: `${users} users`,
    verdict: "fail",
    observed: `${users - count} of them`,
    limit: "all of them",
    reason: `breaking: ${count} have no account or no token, the first for: ${messageOf(first)}`,
  });
}

/** What the plan's template of findings asks for. */
function addFacts(run: Run, judged: readonly VolumeJudgement[]): void {
  const volumes = judged.filter(({ volume }) => !volume.isControl);
  const worse = volumes.findIndex(({ impact }) => impact !== "no impact");
  const last = worse < 0 ? volumes.at(-1) : volumes[worse - 1];
  if (last !== undefined) {
    run.addFact("no impact up to", `${last.volume.users} tokens`);
    run.addFact("safe limit", `${Math.floor(0.8 * last.volume.users)} tokens`);
  }
  const first = volumes.find(({ finding }) => finding.verdict === "fail");
  if (first !== undefined) run.addFact("degradation starts at", `${first.volume.users} tokens`);
}
