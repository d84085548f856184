/**
 * One httperf run: servers up, client at work, both ends compared, servers down.
 * @module
 */

import { given } from "../core/given.ts";
import type { Say } from "../core/say.ts";
import { CannotRunError } from "../core/errors.ts";
import { hasOthers, ourNumbers } from "../core/load/share.ts";
import { Ticker } from "../core/load/ticker.ts";
import { formatProxy, proxyFromEnvironment } from "../core/net/proxy.ts";
import { createServerIdentity, defaultHosts } from "../core/net/mini_ca.ts";
import { isAuthority } from "../core/net/pem_pair.ts";
import type { Io } from "../core/command/command.ts";
import { writeResultFile } from "../core/files.ts";
import type { Ladder } from "../core/ladder/ladder.ts";
import { climb } from "../core/run/ladder.ts";
import type { Run } from "../core/run/run.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { formatBytes } from "../core/units.ts";
import type { BlocksClientOptions } from "./client.ts";
import { runClient } from "./client_role.ts";
import { connectionWarnings, noPingsWarning } from "./connection_warnings.ts";
import type { HttperfValues } from "./flags.ts";
import { valuesOnRung } from "./ladder.ts";
import { type ClientRole, loadModel, type Roles, type ServerRole } from "./roles.ts";
import { fetchAccount, reconcile } from "./server_account.ts";
import { type ServersUp, startServers } from "./server_role.ts";

/** Servers that are up, and the CA that signed their certificate if it was made here. */
interface OwnServers {
  readonly servers: ServersUp;
  readonly caPem: string | undefined;
}

/** One load of the client: that of the run, or of a rung. */
interface ClientLoad {
  readonly role: ClientRole;
  readonly own: OwnServers | undefined;
  readonly values: HttperfValues;
  /** Under which the server keeps account of it. @default that of the generator */
  readonly clientName?: string;
}

interface HttperfRunOptions {
  readonly values: HttperfValues;
  readonly roles: Roles;
  /** Undefined: one load. */
  readonly ladder: Ladder | undefined;
  readonly io: Io;
  readonly say: Say;
}

export class HttperfRun {
  readonly #run: Run;
  readonly #options: HttperfRunOptions;
  #hasToldOfNoAccount = false;

  constructor(run: Run, options: HttperfRunOptions) {
    this.#run = run;
    this.#options = options;
  }

  /** Resolves when the client is done or the run was stopped. @throws {CannotRunError} before any load */
  async work(): Promise<void> {
    await this.#loadAll();
    this.#warnOfConnections();
  }

  async #loadAll(): Promise<void> {
    const { server, client } = this.#options.roles;
    await using closing = new AsyncDisposableStack();
    const own = server === undefined ? undefined : await this.#serve(server);
    if (own !== undefined) closing.use(own.servers);
    closing.use(this.#logBytes());
    if (client !== undefined) return await this.#load(client, own);
    await this.#run.begin();
    await this.#run.clock.sleepUntil(Infinity, this.#run.stopping);
  }

  /** What the other ends did not let happen. The rungs of a ladder have causes instead. */
  #warnOfConnections(): void {
    const run = this.#run;
    const { ladder, roles, values } = this.#options;
    if (!run.hasBegun) return;
    run.rotate(); // for the last second, too
    if (roles.client !== undefined && !values.http1 && values["ping-period"] === 0) {
      const unknown = noPingsWarning(run.live);
      if (unknown !== undefined) run.warn(unknown.code, unknown.message);
    }
    if (ladder !== undefined) return;
    for (const role of ["client", "server"] as const) {
      if (roles[role] === undefined) continue;
      for (const { code, message } of connectionWarnings(run.live, role)) run.warn(code, message);
    }
  }

  async #serve(role: ServerRole): Promise<OwnServers> {
    const { values, io, say } = this.#options;
    const { clock } = this.#run;
    const hosts = [...defaultHosts(), ...values.san];
    if (role.own !== undefined && isAuthority(role.own.certPem)) this.#warnOfAuthority();
    const identity = role.own ?? await createServerIdentity({ hosts, now: clock.wallNow() });
    const servers = await startServers(this.#run, {
      hostname: role.hostname,
      port: role.port,
      certPem: identity.certPem,
      keyPem: identity.keyPem,
      maxBlockBytes: values["max-block-size"],
      maxStreams: values["max-streams"],
      flush: values.flush,
    }, { threads: values.workers, spawnWorker: () => io.spawnWorker(), say });
    const caPem = "caPem" in identity ? identity.caPem as string : undefined;
    if (values.listen !== undefined) say(`serving on https://${role.hostname}:${servers.port}`);
    if (values["write-ca"] !== undefined) this.#writeCa(values["write-ca"], caPem);
    if (!servers.nagleDisabled) {
      this.#run.warn(
        "nagle-on",
        "TCP_NODELAY could not be set on this system: small blocks wait for acknowledgements, up to 40 ms",
      );
    }
    return { servers, caPem };
  }

  #warnOfAuthority(): void {
    const message = "The certificate of --cert is an authority's (CA:TRUE): clients like this " +
      "program refuse it as a server's. Make one with: openssl req -x509 -newkey rsa:2048 -nodes " +
      "-subj /CN=httperf -addext basicConstraints=critical,CA:FALSE " +
      "-addext subjectAltName=DNS:HOST -keyout FILE -out FILE; or leave --cert and --key out";
    this.#run.warn("authority-as-server", message);
  }

  #writeCa(path: string, caPem: string | undefined): void {
    if (caPem === undefined) {
      throw new CannotRunError("--write-ca: with --cert there is no CA of ours to write");
    }
    writeResultFile(path, caPem, this.#options.values);
    this.#options.say(`clients trust it with --ca ${path}`);
  }

  async #load(role: ClientRole, own: OwnServers | undefined): Promise<void> {
    this.#warnOfWay(this.#clientOptions(role, own, { values: this.#options.values }));
    const { ladder, values } = this.#options;
    if (ladder === undefined) return await this.#loadOnce(this.#run, { role, own, values });
    let rungs = 0;
    await climb(this.#run, {
      ladder,
      isRate: ladder.flag === "rate",
      rung: (stage, level) =>
        this.#loadOnce(stage, {
          role,
          own,
          values: valuesOnRung(values, ladder, level),
          clientName: `${this.#clientName}/${++rungs}`, // the server's account of each begins at 0
        }),
    });
  }

  #warnOfWay(client: BlocksClientOptions): void {
    if (client.connection.insecure) {
      const cost = client.connection.http1
        ? "every byte took another hop through this process"
        : "bytes went through a slower TLS";
      const warning = `The server's certificate was not verified (--insecure), and ${cost}: ` +
        "anyone could have answered, and figures are lower";
      this.#run.warn("insecure", warning);
    }
    if (client.connection.proxy !== undefined) {
      const warning = `Requests go through the ${formatProxy(client.connection.proxy)}: figures ` +
        "are of it, too; except the server with NO_PROXY";
      this.#run.warn("proxied", warning);
    }
  }

  async #loadOnce(scope: LoadScope, { role, own, ...rung }: ClientLoad): Promise<void> {
    const { io, say } = this.#options;
    const { values } = rung;
    const client = this.#clientOptions(role, own, rung);
    const received = await runClient(scope, {
      client,
      model: loadModel(values),
      limits: { requests: values.requests, bytes: values.bytes },
      pingPeriodMs: values["ping-period"],
      threads: values.workers,
      spawnWorker: () => io.spawnWorker(),
      say,
    });
    scope.stop("limit"); // unless something else stopped it: what follows is no load
    const { clock, aborted } = scope;
    const { clientName } = client;
    const account = await fetchAccount(client.connection, { clock, aborted, clientName });
    if (account !== undefined) return scope.addFinding(reconcile(received, account));
    if (this.#hasToldOfNoAccount) return;
    this.#hasToldOfNoAccount = true;
    const message =
      "The server keeps no account of this client (no /stats): its figures could not be compared";
    this.#run.warn("not-reconciled", message);
  }

  #clientOptions(
    role: ClientRole,
    own: OwnServers | undefined,
    { values, clientName = this.#clientName }: Pick<ClientLoad, "values" | "clientName">,
  ): BlocksClientOptions {
    const { io } = this.#options;
    const { share } = this.#run;
    const baseUrl = role.baseUrl?.href ?? `https://127.0.0.1:${own?.servers.port}`;
    const caPem = role.caPem ?? own?.caPem;
    const proxy = proxyFromEnvironment(baseUrl, io.env);
    return {
      connection: {
        baseUrl,
        insecure: values.insecure,
        http1: values.http1,
        connectTimeoutMs: values["connect-timeout"],
        ...given({ caPem, proxy, clientCert: role.clientCert }),
      },
      connectionIds: [...ourNumbers(share, values.connections)],
      turn: role.model.kind === "closed" ? "worker" : "index",
      turnStride: share.of,
      blockBytes: values["block-size"],
      periodMs: values.period,
      blocksPerRequest: values["blocks-per-request"],
      silenceTimeoutMs: values.timeout,
      clientName,
    };
  }

  /** Under which the server keeps account of what this generator is sent. */
  get #clientName(): string {
    const { id, share } = this.#run;
    return hasOthers(share) ? `${id}/g${share.index}` : id;
  }

  /** The original's lines on both totals, on a timer of their own from the beginning until disposed. */
  #logBytes(): AsyncDisposable {
    const { clock, begun } = this.#run;
    const periodMs = this.#options.values["log-period"];
    const logging = new AsyncDisposableStack();
    const before = new Map<string, number>();
    void begun.then(() => {
      if (logging.disposed) return;
      const { startMs } = this.#run;
      const say = () => this.#sayBytes(before, periodMs);
      logging.use(new Ticker(say, { clock, periodMs, startMs, atEnd: false }));
    });
    return logging;
  }

  /** @param before the totals when they were last said */
  #sayBytes(before: Map<string, number>, periodMs: number): void {
    for (const [name, counter] of [["client", "receivedBytes"], ["server", "sentBytes"]] as const) {
      const total = this.#run.live.counter(counter);
      if (total === undefined) continue;
      const perSec = (total - (before.get(name) ?? 0)) * 1_000 / periodMs;
      before.set(name, total);
      this.#options.say(`${name}Bytes = ${formatBytes(total)}, ${formatBytes(perSec)}/s`);
    }
  }
}
