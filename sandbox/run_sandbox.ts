/**
 * `scaletool sandbox`: starts it, says how to use it, and shows at the end what it has seen.
 * @module
 */

import { TemporaryFolder } from "../core/files.ts";
import type { Say } from "../core/say.ts";
import { messageOf, UsageError } from "../core/errors.ts";
import { EXIT_CODE, EXIT_CODE_OF_SIGNAL, type ExitCode } from "../core/exit_code.ts";
import { type Clock, SystemClock } from "../core/load/clock.ts";
import { randomSeed } from "../core/load/rng.ts";
import { type Address, parseAddress } from "../core/net/address.ts";
import type { Invocation, Io, StopSignal } from "../core/command/command.ts";
import type { Values } from "../core/command/flags.ts";
import { NAME } from "../core/version.ts";
import { CONFIG_MAPS, FLUNDERS } from "../kube/resource.ts";
import { accountText } from "./account.ts";
import type { SandboxFlags } from "./flags.ts";
import { checkOverwrite, writeKubeconfig } from "./kubeconfig_file.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { TRAFFIC_NAMESPACE, type TrafficOptions } from "./traffic.ts";

type SandboxValues = Values<SandboxFlags>;

/** @throws {UsageError | CannotRunError} if it cannot begin */
export async function runSandbox({ values, io }: Invocation<SandboxFlags>): Promise<ExitCode> {
  const { "write-kubeconfig": given, force, quiet } = values;
  const address = listenAddress(values);
  if (given !== undefined) checkOverwrite(given, { force });
  const clock = new SystemClock();
  const say = (line: string) => quiet ? undefined : io.stderr(`${line}\n`);
  await using closing = new AsyncDisposableStack();
  const sandbox = await startSandbox({
    ...address,
    faults: values["sandbox-fault"].map(({ text }) => text),
    namespaces: values.namespace,
    ...trafficOf(values),
    seed: values.seed || randomSeed(),
    spawnWorker: () => io.spawnWorker(),
    say,
  });
  // Until here a signal ends the process, which has nothing to tell.
  using signals = new FirstSignal(io);
  closing.defer(() => sandbox.stop().then(() => {}, () => {})); // whatever came in between
  const path = given ?? temporaryPath(closing);
  writeKubeconfig(path, { text: sandbox.kubeconfig, force });
  sayHowToUse(sandbox, { path, values, say });
  const reason = await untilOver(sandbox, { signals, clock, durationMs: values.duration });
  if (reason !== "duration") say(`${reason}: ending`);
  const account = await sandbox.stop();
  io.stdout(values.output === "json" ? JSON.stringify(account) + "\n" : accountText(account));
  return reason === "duration" ? EXIT_CODE.pass : EXIT_CODE_OF_SIGNAL[reason];
}

function listenAddress({ listen, port }: SandboxValues): Address {
  try {
    const address = parseAddress(listen);
    return port === undefined ? address : { ...address, port };
  } catch (error) {
    throw new UsageError(`--listen: ${messageOf(error)}`, { cause: error });
  }
}

function trafficOf(values: SandboxValues): { traffic?: TrafficOptions } {
  const { "sandbox-traffic": ratePerSec, namespace } = values;
  if (ratePerSec === 0) return {};
  const namespaces = namespace.length === 0 ? [TRAFFIC_NAMESPACE] : namespace;
  return { traffic: { ratePerSec, resources: [CONFIG_MAPS, FLUNDERS], namespaces } };
}

/** In a folder that goes with the sandbox. */
function temporaryPath(closing: AsyncDisposableStack): string {
  return `${closing.use(new TemporaryFolder("sandbox")).path}/kubeconfig`;
}

function sayHowToUse(
  { url }: Sandbox,
  { path, values, say }: { path: string; values: SandboxValues; say: Say },
): void {
  say(`sandbox at ${url}, kubeconfig in ${path}`);
  say(`try: kubectl --kubeconfig ${path} get ns, or: ${NAME} cmdriver --kubeconfig ${path}`);
  for (const { text, on } of values["sandbox-fault"]) {
    say(`fault ${text} hits ${[...on].join(", ")}`);
  }
  if (values.duration === undefined) say("Ctrl-C to end");
}

async function untilOver(
  sandbox: Sandbox,
  { signals, clock, durationMs = Infinity }: {
    signals: FirstSignal;
    clock: Clock;
    durationMs: number | undefined;
  },
): Promise<StopSignal | "duration"> {
  const over = clock.sleepUntil(clock.now() + durationMs, signals.received);
  // Nothing but breaking ends the thread by itself, and that is thrown here.
  await Promise.race([over, sandbox.broken]);
  return signals.signal ?? "duration";
}

/** The first stop signal; nobody listens for a second one, which ends the process. */
class FirstSignal implements Disposable {
  readonly #received = new AbortController();
  readonly #unsubscribe: () => void;
  signal: StopSignal | undefined;

  constructor(io: Pick<Io, "onStopSignal">) {
    this.#unsubscribe = io.onStopSignal((signal) => {
      this.signal = signal;
      this.#unsubscribe();
      this.#received.abort();
    });
  }

  get received(): AbortSignal {
    return this.#received.signal;
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }
}
