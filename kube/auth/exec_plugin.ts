/**
 * How does a program of the cloud provider log us in? Runs the plugin of the kubeconfig when
 * credentials are needed, and again before they expire or when the server refuses them. Never shows
 * what the plugin answered.
 * Source: client-go, plugin/pkg/client/auth/exec, and the API group client.authentication.k8s.io.
 * @module
 */

import { parsedJson } from "../../core/parsed_json.ts";
import * as z from "zod";
import { CannotRunError, messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { Deadline } from "../../core/load/deadline.ts";
import { checkPemPair, type PemPair } from "../../core/net/pem_pair.ts";
import { bearer, type Credential, type Credentials } from "./credentials.ts";
import type { KubeconfigExec } from "../kubeconfig/schema.ts";
import { type PluginHost, type PluginResult, SYSTEM_PLUGIN_HOST } from "./plugin_host.ts";

const GROUP = "client.authentication.k8s.io";
const API_VERSIONS = [`${GROUP}/v1`, `${GROUP}/v1beta1`];

/** A cloud's command line answers within seconds; a person who logs in takes minutes. */
const TIME_LIMIT_MS = 60_000;
const INTERACTIVE_TIME_LIMIT_MS = 600_000;
/** How long before the end new credentials are fetched, in the background. */
const RENEW_BEFORE_MS = 30_000;
/** Plugins answer with what they have cached, be it old: not run again and again for that. */
const SHORTEST_USE_MS = 1_000;
/** After a failure nobody asks again for so long. */
const FAILED_PAUSE_MS = 1_000;
/** A 401 so soon after another one is not the plugin's to mend. */
const REFUSED_PAUSE_MS = 10_000;

/** `spec.cluster` of an ExecCredential: for plugins that ask for it. */
export interface ExecCluster {
  readonly server: string;
  readonly "tls-server-name"?: string | undefined;
  readonly "insecure-skip-tls-verify"?: boolean;
  /** Base64 of the PEM text. */
  readonly "certificate-authority-data"?: string | undefined;
  readonly "proxy-url"?: string | undefined;
  readonly "disable-compression"?: boolean;
  /** The cluster's extension of this API group, as it is. */
  readonly config?: unknown;
}

interface ExecPluginOptions {
  readonly config: KubeconfigExec;
  /** Name in the kubeconfig, for messages. */
  readonly user: string;
  readonly cluster: ExecCluster;
  readonly clock: Clock;
  readonly host?: PluginHost;
}

const answerSchema = z.object({
  apiVersion: z.string(),
  kind: z.literal("ExecCredential"),
  status: z.object({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});

type Answer = z.infer<typeof answerSchema>;

/** Wall-clock times in ms, because the plugin states one. */
interface Held {
  readonly credential: Credential;
  /** When to fetch the next ones; Infinity for those without an end. */
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

/** See the module. Callers at the same time share one run of the plugin. */
export class ExecPluginCredentials implements Credentials {
  readonly #plugin: ExecPluginOptions;
  readonly #command: string;
  readonly #apiVersion: string;
  #held: Held | undefined;
  #running: Promise<Held> | undefined;
  #failure: { readonly error: unknown; readonly untilMs: number } | undefined;
  #refusedAtMs = -Infinity;

  /** @throws {CannotRunError} for a configuration that no plugin can be run with */
  constructor(options: ExecPluginOptions) {
    const { command, apiVersion, interactiveMode } = options.config;
    this.#plugin = options;
    if (command === undefined) throw this.#error('its "exec" names no command');
    this.#command = command;
    if (apiVersion === undefined || !API_VERSIONS.includes(apiVersion)) {
      const given = apiVersion === undefined ? "none" : `"${apiVersion}"`;
      throw this.#error(
        `its "exec" must have apiVersion "${API_VERSIONS[0]}" or "${
          API_VERSIONS[1]
        }", not ${given}`,
      );
    }
    this.#apiVersion = apiVersion;
    // v1beta1 came before the field and has a default.
    if (!interactiveMode && apiVersion === API_VERSIONS[0]) {
      throw this.#error('its "exec" must have interactiveMode Never, IfAvailable or Always');
    }
  }

  async current(): Promise<Credential> {
    const held = this.#held;
    const nowMs = this.#wallMs();
    if (held !== undefined && nowMs < held.renewAtMs) return held.credential;
    if (this.#failure !== undefined && nowMs < this.#failure.untilMs) {
      if (held !== undefined && nowMs < held.endsAtMs) return held.credential;
      throw this.#failure.error;
    }
    const renewed = this.#renew();
    if (held !== undefined && nowMs < held.endsAtMs) {
      // No operation of the load waits for a plugin as long as it need not; a failure is kept.
      renewed.catch(() => {});
      return held.credential;
    }
    return (await renewed).credential;
  }

  invalidate(refused: Credential | undefined = this.#held?.credential): boolean {
    if (this.#held === undefined || refused !== this.#held.credential) return true;
    const nowMs = this.#wallMs();
    if (nowMs - this.#refusedAtMs < REFUSED_PAUSE_MS) return false;
    this.#refusedAtMs = nowMs;
    this.#held = undefined;
    return true;
  }

  #wallMs(): number {
    return this.#plugin.clock.wallNow().getTime();
  }

  #renew(): Promise<Held> {
    this.#running ??= this.#fetch().then((held) => {
      this.#failure = undefined;
      return this.#held = held;
    }, (error) => {
      this.#failure = { error, untilMs: this.#wallMs() + FAILED_PAUSE_MS };
      throw error;
    }).finally(() => this.#running = undefined);
    return this.#running;
  }

  async #fetch(): Promise<Held> {
    const { stdout, stderr, code } = await this.#run();
    if (code !== 0) {
      const said = firstLine(stderr);
      throw this.#error(
        `credential plugin "${this.#command}" failed with exit code ${code}` +
          (said === "" ? " and said nothing" : `: ${said}`),
      );
    }
    return this.#heldFrom(this.#parse(stdout).status);
  }

  async #run(): Promise<PluginResult> {
    const { config, clock, host = SYSTEM_PLUGIN_HOST } = this.#plugin;
    const interactive = this.#isInteractive(host);
    const limitMs = interactive ? INTERACTIVE_TIME_LIMIT_MS : TIME_LIMIT_MS;
    const tooLate = new AbortController();
    using _deadline = new Deadline(clock, { limitMs, onOver: () => tooLate.abort() });
    try {
      return await host.run({
        command: this.#command,
        args: config.args,
        env: {
          ...Object.fromEntries(config.env.map(({ name, value }) => [name, value ?? ""])),
          KUBERNETES_EXEC_INFO: this.#execInfo(interactive),
        },
        interactive,
        signal: tooLate.signal,
      });
    } catch (error) {
      throw this.#runError(error, { limitMs, isLate: tooLate.signal.aborted });
    }
  }

  #isInteractive(host: PluginHost): boolean {
    const { interactiveMode } = this.#plugin.config;
    if (interactiveMode === "Never") return false;
    const isTerminal = host.isTerminal();
    if (interactiveMode === "Always" && !isTerminal) {
      throw this.#error(
        `credential plugin "${this.#command}" asks questions (interactiveMode: Always), and ` +
          "standard input is no terminal: log in beforehand, or give --token",
      );
    }
    return isTerminal;
  }

  #execInfo(interactive: boolean): string {
    const { config, cluster } = this.#plugin;
    return JSON.stringify({
      kind: "ExecCredential",
      apiVersion: this.#apiVersion,
      spec: config.provideClusterInfo ? { cluster, interactive } : { interactive },
    });
  }

  #runError(error: unknown, how: { limitMs: number; isLate: boolean }): CannotRunError {
    const plugin = `credential plugin "${this.#command}"`;
    if (how.isLate) return this.#error(`${plugin} did not answer within ${how.limitMs / 1_000} s`);
    if (error instanceof Deno.errors.NotFound) {
      const hint = oneLine(this.#plugin.config.installHint ?? "");
      return this.#error(
        `${plugin} is not installed` + (hint === "" ? " or not on PATH" : `: ${hint}`),
      );
    }
    const why = error instanceof Deno.errors.PermissionDenied ? "it is not executable" : `${error}`;
    return this.#error(`${plugin} cannot be run: ${firstLine(why)}`);
  }

  #parse(stdout: string): Answer {
    const answer = answerSchema.safeParse(parsedJson(stdout)).data;
    if (answer === undefined) {
      throw this.#answerError("is no ExecCredential with a status, as JSON");
    }
    if (answer.apiVersion !== this.#apiVersion) {
      throw this.#answerError(
        `has apiVersion "${oneLine(answer.apiVersion)}"; the kubeconfig says "${this.#apiVersion}"`,
      );
    }
    return answer;
  }

  #heldFrom(status: Answer["status"]): Held {
    const { token, clientCertificateData: certPem, clientKeyData: keyPem } = status;
    if (!certPem !== !keyPem) throw this.#answerError("has a certificate or a key, but not both");
    if (!token && !certPem) throw this.#answerError("has neither a token nor a certificate");
    if (certPem && keyPem) this.#checkPair({ certPem, keyPem });
    const nowMs = this.#wallMs();
    const endsAtMs = this.#endOf(status);
    return {
      credential: {
        ...(token
          ? { authorization: bearer(token, `The token of user "${this.#plugin.user}"`) }
          : {}),
        ...(certPem && keyPem ? { clientCert: { certPem, keyPem } } : {}),
      },
      renewAtMs: Math.max(endsAtMs - RENEW_BEFORE_MS, nowMs + SHORTEST_USE_MS),
      endsAtMs,
    };
  }

  #checkPair(pair: PemPair): void {
    const plugin = `of credential plugin "${this.#command}"`;
    const names = { cert: `The certificate ${plugin}`, key: `The key ${plugin}` };
    try {
      checkPemPair(pair, { names, now: this.#plugin.clock.wallNow() });
    } catch (error) {
      throw this.#error(messageOf(error));
    }
  }

  #endOf({ expirationTimestamp }: Answer["status"]): number {
    if (!expirationTimestamp) return Infinity;
    const endMs = Date.parse(expirationTimestamp);
    if (Number.isNaN(endMs)) {
      throw this.#answerError("has an expirationTimestamp that is no RFC 3339 time");
    }
    return endMs;
  }

  #answerError(what: string): CannotRunError {
    return this.#error(`what credential plugin "${this.#command}" answered ${what}`);
  }

  #error(why: string): CannotRunError {
    return new CannotRunError(`Cannot log in as user "${this.#plugin.user}": ${why}`);
  }
}

/** Without control characters, which could drive a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, " ").trim();
}

function firstLine(text: string): string {
  return oneLine(text.trim().split("\n", 1)[0] ?? "").slice(0, 300);
}
