/**
 * 500 service accounts with a token each, made as the maas probes make their users, and by plain
 * client-go: in turn against one apiserver, because only ratios survive a noisy machine.
 * @module
 */

import { fileURLToPath } from "node:url";
import { columns, formatTable } from "../../core/report/table.ts";
import { V8_FLAGS } from "../../tests/support/scaletool.ts";
import { ClientGoPeer } from "../client_go_peer.ts";
import {
  type KubeBench,
  loadAverage,
  noteAll,
  onControlPlane,
  runProgram,
} from "../kube_cluster.ts";
import { inTurn, ratiosOf, ratioText } from "../ratios.ts";
import type { ProvisionerFigures } from "./account_provisioner.ts";

const ROUNDS = 7;
const ACCOUNTS = 500;
/** Before the first round, unmeasured: a fresh apiserver is slower. */
const WARM_UP_ACCOUNTS = 100;
/** Accounts that are made at a time. */
const CONCURRENCY = 16;
/** With a single one what counts is how fast one program reads one socket. */
const CONNECTIONS = 4;
const LIMIT_SEC = 60;
const PROVISIONER = fileURLToPath(new URL("account_provisioner.ts", import.meta.url));

/** One program in one round. */
interface Figures {
  readonly users: number;
  readonly usersPerSec: number;
  /** CPU time of the process meanwhile (getrusage(2), asked by itself). */
  readonly cpuMsPerUser: number;
  readonly createP50Ms: number;
  readonly tokenP50Ms: number;
  readonly loadAverage: number;
}

const PROGRAMS = ["scaletool", "client-go"] as const;
type Program = typeof PROGRAMS[number];

interface Round {
  readonly runId: string;
  readonly count: number;
}

export async function provisioning(): Promise<Record<string, unknown>> {
  return await onControlPlane(async (bench) => {
    const peer = await ClientGoPeer.build(bench);
    const run = (program: Program, round: number) => {
      const count = round === 0 ? WARM_UP_ACCOUNTS : ACCOUNTS;
      const of = { runId: `${program}-${round}`, count };
      if (program === "scaletool") return ownRound(bench, of);
      return peer === undefined ? undefined : peerRound(peer, of);
    };
    const rounds = await inTurn(PROGRAMS, { rounds: ROUNDS, run });
    const ratios = peer === undefined
      ? undefined
      : ratiosOf(COMPARED, rounds.scaletool, rounds["client-go"]);
    const lines = Object.entries(ratios ?? {}).map(([name, one]) => `${name}: ${ratioText(one)}`);
    noteAll([...tableOf(rounds), ...lines]);
    return {
      ...{ accounts: ACCOUNTS, concurrency: CONCURRENCY, connections: CONNECTIONS, rounds: ROUNDS },
      ...{ programs: rounds, toClientGo: ratios ?? "no go" },
    };
  }, { without: ["kcm"] });
}

async function ownRound(bench: KubeBench, { runId, count }: Round): Promise<Figures> {
  const args = [bench.kubeconfig, runId, ...[count, CONCURRENCY, CONNECTIONS].map(String)];
  const { code, stdout, stderr } = await runProgram(
    [Deno.execPath(), "run", "-A", V8_FLAGS, PROVISIONER, ...args],
    { cwd: bench.dir.path, limitSec: LIMIT_SEC },
  );
  if (code !== 0) throw new Error(`the provisioner ended with ${code}: ${stderr}`);
  return figuresOf(JSON.parse(stdout) as ProvisionerFigures);
}

async function peerRound(peer: ClientGoPeer, { runId, count }: Round): Promise<Figures> {
  const { figures } = await peer.run({
    accounts: count,
    workers: CONCURRENCY,
    conns: CONNECTIONS,
    "run-id": runId,
  }, { limitSec: LIMIT_SEC });
  const { failed, firstError } = figures;
  if (failed > 0) throw new Error(`client-go failed ${failed} times: ${firstError}`);
  return figuresOf({ ...figures, users: count });
}

function figuresOf(
  { users, seconds, cpuSeconds, create, token }:
    & Pick<ProvisionerFigures, "users" | "seconds" | "cpuSeconds">
    & Record<"create" | "token", Pick<ProvisionerFigures["create"], "p50Ms">>,
): Figures {
  return {
    users,
    usersPerSec: users / seconds,
    cpuMsPerUser: cpuSeconds * 1_000 / users,
    createP50Ms: create.p50Ms,
    tokenP50Ms: token.p50Ms,
    loadAverage: loadAverage(),
  };
}

const COMPARED = ["usersPerSec", "cpuMsPerUser", "createP50Ms", "tokenP50Ms"] as const;

function tableOf(rounds: Readonly<Record<Program, readonly Figures[]>>): string[] {
  const titles = columns(
    ...["PROGRAM", ">ROUND", ">USERS", ">USERS/S", ">CPU MS/USER"],
    ...[">CREATE P50 MS", ">TOKEN P50 MS", ">LOAD"],
  );
  const row = (program: string) => (round: Figures, index: number) => [
    program,
    String(index + 1),
    String(round.users),
    round.usersPerSec.toFixed(0),
    round.cpuMsPerUser.toFixed(2),
    round.createP50Ms.toFixed(1),
    round.tokenP50Ms.toFixed(1),
    round.loadAverage.toFixed(1),
  ];
  return formatTable(titles, PROGRAMS.flatMap((program) => rounds[program].map(row(program))));
}
