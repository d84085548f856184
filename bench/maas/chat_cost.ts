/**
 * What a chat request costs its client: a whole run of ours at 1,000 requests a second, a plain Go
 * net/http client, and guidellm, one after another against the same model server, round by round,
 * because only ratios survive a noisy machine.
 * @module
 */

import type { Report } from "../../core/report/report.ts";
import { columns, formatTable } from "../../core/report/table.ts";
import { createServerIdentity } from "../../core/net/mini_ca.ts";
import { TempDir } from "../../tests/support/scaletool.ts";
import { loadAverage, median, noteAll, serviceTimes } from "../kube_cluster.ts";
import { GoChat, type GoModel } from "./go_chat.ts";
import { guidellmProgram, type GuidellmRun, runGuidellm } from "./guidellm.ts";
import { ownChat, TOKEN_BYTES } from "./own_chat.ts";

const RATE_PER_SEC = 1_000;
const USERS = 100;
const SECONDS = 10;
const MAX_TOKENS = 8;
const ROUNDS = 3;
/** Its start takes more CPU than its load; what two runs of it differ by is the load alone. */
const GUIDELLM_SECONDS = [5, 20] as const;
const AT_ONCE = { ttftMs: 0, gapMs: 0 };

interface Cost {
  readonly client: string;
  readonly ok: number;
  readonly failed: number;
  readonly ratePerSec: number;
  readonly cpuUsPerRequest: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly peakBytes: number | null;
}

export async function chatCost(): Promise<Record<string, unknown>> {
  await using dir = new TempDir();
  const go = await GoChat.build(dir);
  if (go === undefined) return { skipped: "no go toolchain" };
  await using model = await go.serve();
  const { own, plain } = await rounds({ dir, go, model });
  const identity = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
  const tls = { ca: dir.file("ca.pem"), cert: dir.file("cert.pem"), key: dir.file("key.pem") };
  Deno.writeTextFileSync(tls.ca, identity.caPem);
  Deno.writeTextFileSync(tls.cert, identity.certPem);
  Deno.writeTextFileSync(tls.key, identity.keyPem);
  await using secure = await go.serve(tls);
  const overTls = await rounds({ dir, go, model: secure, ca: tls.ca });
  const program = guidellmProgram();
  const published = program === undefined ? [] : [await guidellmCost(program, { dir, model })];
  const costs = [...own, ...plain, ...overTls.own, ...overTls.plain, ...published];
  noteAll(tableOf(costs));
  const ownUs = cpuUsOf(own);
  const ownBytes = median(own.map(({ peakBytes }) => peakBytes!));
  return {
    target: { ratePerSec: RATE_PER_SEC, users: USERS, seconds: SECONDS, tokenBytes: TOKEN_BYTES },
    rounds: ROUNDS,
    cpuToGo: ownUs / cpuUsOf(plain),
    cpuToGoOverTls: cpuUsOf(overTls.own) / cpuUsOf(overTls.plain),
    ...(published.length === 0 ? { guidellm: "not there" } : {
      cpuToGuidellm: ownUs / published[0]!.cpuUsPerRequest,
      memoryToGuidellm: ownBytes / published[0]!.peakBytes!,
    }),
    costs,
    loadAverage: loadAverage(),
  };
}

/** Against one model server; `ca` is the file of who vouches for it. */
interface Round {
  readonly dir: TempDir;
  readonly go: GoChat;
  readonly model: GoModel;
  readonly ca?: string;
}

async function rounds(round: Round): Promise<{ own: Cost[]; plain: Cost[] }> {
  const [own, plain]: [Cost[], Cost[]] = [[], []];
  for (let times = 0; times < ROUNDS; times++) {
    own.push(await ownCost(round));
    plain.push(await goCost(round));
  }
  return { own, plain };
}

function cpuUsOf(costs: readonly Cost[]): number {
  return median(costs.map(({ cpuUsPerRequest }) => cpuUsPerRequest));
}

async function ownCost({ dir, model, ca }: Round): Promise<Cost> {
  const { figures, report, peakBytes } = await ownChat(dir, {
    origin: model.origin,
    path: model.path(AT_ONCE),
    ...(ca === undefined ? {} : { caPem: Deno.readTextFileSync(ca) }),
    ratePerSec: RATE_PER_SEC,
    users: USERS,
    seconds: SECONDS,
    isStream: false,
    maxTokens: MAX_TOKENS,
  });
  const { ok, failed } = chatOf(report);
  const { p50Ms, p99Ms } = serviceTimes(report, "chat");
  return {
    client: ca === undefined ? "scaletool" : "scaletool, TLS",
    ok,
    failed,
    ratePerSec: ok / SECONDS,
    cpuUsPerRequest: figures.cpuSeconds / ok * 1e6,
    p50Ms,
    p99Ms,
    peakBytes,
  };
}

function chatOf({ summary }: Report) {
  const chat = summary.operations.find(({ op }) => op === "chat");
  return { ok: chat?.ok ?? 0, failed: chat?.failed ?? 0 };
}

async function goCost({ go, model, ca }: Round): Promise<Cost> {
  const { ok, failed, seconds, cpuSeconds, p50Ms, p99Ms } = await go.ask({
    "url": model.origin + model.path(AT_ONCE),
    "rate": RATE_PER_SEC,
    "users": USERS,
    "token-bytes": TOKEN_BYTES,
    "max-tokens": MAX_TOKENS,
    "duration": `${SECONDS}s`,
    ...(ca === undefined ? {} : { ca }),
  }, { limitSec: 2 * SECONDS });
  return {
    client: ca === undefined ? "Go net/http" : "Go net/http, TLS",
    ok,
    failed,
    ratePerSec: ok / seconds,
    cpuUsPerRequest: cpuSeconds / ok * 1e6,
    p50Ms,
    p99Ms,
    peakBytes: null,
  };
}

async function guidellmCost(
  program: string,
  { dir, model }: { dir: TempDir; model: GoModel },
): Promise<Cost> {
  const runs: GuidellmRun[] = [];
  for (const seconds of GUIDELLM_SECONDS) {
    runs.push(await runGuidellm(program, model, { dir, ratePerSec: RATE_PER_SEC, seconds }));
  }
  const [short, long] = [runs[0]!, runs[1]!];
  const requests = long.successful - short.successful;
  return {
    client: "guidellm",
    ok: long.successful,
    failed: long.errored,
    ratePerSec: long.successful / GUIDELLM_SECONDS[1],
    cpuUsPerRequest: (long.cpuSeconds - short.cpuSeconds) / requests * 1e6,
    p50Ms: null,
    p99Ms: null,
    peakBytes: long.peakBytes,
  };
}

function tableOf(costs: readonly Cost[]): string[] {
  const titles = columns(
    ...["CLIENT", ">OK", ">FAILED", ">REQUESTS/S", ">CPU US/REQUEST", ">P50 MS", ">P99 MS"],
    ...[">PEAK MB"],
  );
  return formatTable(
    titles,
    costs.map(({ client, ok, failed, ratePerSec, cpuUsPerRequest, p50Ms, p99Ms, peakBytes }) => [
      client,
      String(ok),
      String(failed),
      ratePerSec.toFixed(0),
      cpuUsPerRequest.toFixed(0),
      p50Ms?.toFixed(2) ?? "",
      p99Ms?.toFixed(2) ?? "",
      peakBytes === null ? "" : (peakBytes / 1e6).toFixed(0),
    ]),
  );
}
