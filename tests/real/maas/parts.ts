/**
 * Of which processes does the real chain consist, and with which command line does each run? All listen
 * on 127.0.0.1 only. Starts nothing.
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Component } from "../components.ts";
import type { RunDir } from "../run_dir.ts";
import { envoyConfig } from "./envoy_config.ts";
import type { MaasKnobs } from "./knobs.ts";
import { MAAS } from "./objects.ts";

const MODEL_PROGRAM = fileURLToPath(new URL("model_server.ts", import.meta.url));

/** In the order of start. */
export const MAAS_PARTS = ["model", "auth", "limits", "policies", "gateway"] as const;
export type MaasPart = typeof MAAS_PARTS[number];
export type MaasProcessName = `maas-${MaasPart}`;

/** How many ports {@link MaasSite.ports} needs. */
export const MAAS_PORT_COUNT = 9;
export const MAAS_ADDRESS = "127.0.0.1";

export interface MaasSite {
  readonly dir: RunDir;
  readonly ports: readonly number[];
  /** Path of a program; the limiter's is undefined where it cannot be had. */
  readonly programs: Readonly<Record<"maas-auth" | "maas-policies" | "envoy", string>> & {
    readonly "maas-limits": string | undefined;
  };
  /** Of the auth service, and of the policy controller. */
  readonly kubeconfigs: { readonly auth: string; readonly policies: string };
}

/** Where what listens. */
export interface MaasPorts {
  readonly http: number;
  readonly https: number;
  readonly admin: number;
  readonly auth: number;
  readonly authPages: number;
  readonly limits: number;
  readonly limitPages: number;
  readonly policyPages: number;
  readonly model: number;
}

export function portsOf(ports: readonly number[]): MaasPorts {
  const [http, https, admin, auth, authPages, limits, limitPages, policyPages, model] = ports;
  return {
    http: http!,
    https: https!,
    admin: admin!,
    auth: auth!,
    authPages: authPages!,
    limits: limits!,
    limitPages: limitPages!,
    policyPages: policyPages!,
    model: model!,
  };
}

/** Those that can be had, in the order of start. Writes the files that they read at their start. */
export function partsOf(site: MaasSite, knobs: MaasKnobs): Component<MaasProcessName>[] {
  const parts = [model(site, knobs), auth(site, knobs), gateway(site, knobs)];
  const { "maas-limits": limits } = site.programs;
  if (limits === undefined) return parts;
  return [...parts.slice(0, 2), limiter(site, limits, knobs), policies(site), ...parts.slice(2)];
}

function model({ ports }: MaasSite, { model: knobs }: MaasKnobs): Component<MaasProcessName> {
  const port = portsOf(ports).model;
  return {
    name: "maas-model",
    command: Deno.execPath(),
    args: [
      ...["run", "--no-config", "--no-check", "--allow-net", "--allow-read", MODEL_PROGRAM],
      ...[MAAS_ADDRESS, String(port), JSON.stringify(knobs)],
    ],
    healthUrl: url(port, "/health"),
  };
}

function auth(site: MaasSite, { auth: knobs }: MaasKnobs): Component<MaasProcessName> {
  const { auth, authPages } = portsOf(site.ports);
  return {
    name: "maas-auth",
    command: site.programs["maas-auth"],
    args: [
      `--listen=${MAAS_ADDRESS}:${auth}`,
      `--http=${MAAS_ADDRESS}:${authPages}`,
      `--kubeconfig=${site.kubeconfigs.auth}`,
      `--audiences=${knobs.audiences.join(",")}`,
      `--qps=${knobs.qps}`,
      `--burst=${knobs.burst}`,
      `--token-cache=${knobs.tokenCacheMs}ms`,
      `--access-cache=${knobs.accessCacheMs}ms`,
      `--delay=${knobs.delayMs}ms`,
    ],
    healthUrl: url(authPages, "/healthz"),
  };
}

function limiter(
  { dir, ports }: MaasSite,
  command: string,
  { limits: knobs }: MaasKnobs,
): Component<MaasProcessName> {
  const { limits, limitPages } = portsOf(ports);
  return {
    name: "maas-limits",
    command,
    args: [
      limitsFile(dir),
      `${MAAS_ADDRESS}:${limits}`,
      `${MAAS_ADDRESS}:${limitPages}`,
      `--delay-ms=${knobs.delayMs}`,
      ...(knobs.hasHeaders ? ["--headers"] : []),
    ],
    healthUrl: url(limitPages, "/status"),
  };
}

function policies({ dir, ports, programs, kubeconfigs }: MaasSite): Component<MaasProcessName> {
  const { limitPages, policyPages } = portsOf(ports);
  return {
    name: "maas-policies",
    command: programs["maas-policies"],
    args: [
      `--kubeconfig=${kubeconfigs.policies}`,
      `--namespace=${MAAS.gatewayNamespace}`,
      `--gateway=${MAAS.gateway}`,
      `--file=${limitsFile(dir)}`,
      `--limiter=${url(limitPages)}`,
      `--http=${MAAS_ADDRESS}:${policyPages}`,
    ],
    healthUrl: url(policyPages, "/healthz"),
  };
}

function gateway(site: MaasSite, knobs: MaasKnobs): Component<MaasProcessName> {
  const { dir } = site;
  const ports = portsOf(site.ports);
  const config = envoyConfig({
    address: MAAS_ADDRESS,
    port: ports.http,
    tlsPort: ports.https,
    adminPort: ports.admin,
    authPort: ports.auth,
    limitsPort: site.programs["maas-limits"] === undefined ? undefined : ports.limits,
    modelPort: ports.model,
    certFile: dir.key("server.crt"),
    keyFile: dir.key("server.key"),
    accessLog: accessLog(dir),
  }, knobs.gateway);
  const file = maasFile(dir, "envoy.json");
  Deno.writeTextFileSync(file, JSON.stringify(config, null, 2));
  return {
    name: "maas-gateway",
    command: site.programs.envoy,
    args: [
      // It takes no "=".
      ...["--config-path", file],
      ...["--concurrency", "1"],
      // Some of its parts are new, and it warns of that in each start.
      ...["--log-level", "error"],
      ...["--file-flush-interval-msec", "100"],
      // It takes a number and shared memory that all on the machine would share.
      "--disable-hot-restart",
    ],
    healthUrl: url(ports.admin, "/ready"),
  };
}

/** What the limiter reads; the policy controller writes it. */
export function limitsFile(dir: RunDir): string {
  return maasFile(dir, "limits.yaml");
}

/** What the gateway says of each request. */
export function accessLog(dir: RunDir): string {
  return maasFile(dir, "access.log");
}

/** A file of the chain's own. */
export function maasFile(dir: RunDir, name: string): string {
  const folder = dir.path("maas");
  Deno.mkdirSync(folder, { recursive: true });
  return `${folder}/${name}`;
}

export function url(port: number, path = ""): string {
  return `http://${MAAS_ADDRESS}:${port}${path}`;
}
