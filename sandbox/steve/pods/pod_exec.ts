/**
 * The exec subresource of pods: whether there is such a pod and container, and what the command in it
 * says.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { SANDBOX_USER } from "../../authentication.ts";
import { refusalAnswer } from "../../kubernetes/answers/answers.ts";
import { badRequest } from "../../kubernetes/answers/api_error.ts";
import type { ApiHandler } from "../../faults/fault.ts";
import type { WalFiles } from "./wal_files.ts";

interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
  readonly command: readonly string[];
}

const PATH = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/;

export class PodExec {
  readonly #kube: ApiHandler;
  readonly #files: WalFiles;
  readonly #ended: AbortSignal;

  constructor({ kube, files, ended }: { kube: ApiHandler; files: WalFiles; ended: AbortSignal }) {
    this.#kube = kube;
    this.#files = files;
    this.#ended = ended;
  }

  /** @returns undefined for a request that asks for something else */
  request({ url, headers }: Request, pathname: string): ExecRequest | undefined {
    const [, namespace, pod] = PATH.exec(pathname) ?? [];
    if (namespace === undefined || pod === undefined) return undefined;
    if (headers.get("upgrade")?.toLowerCase() !== "websocket") return undefined;
    const { searchParams } = new URL(url);
    return {
      namespace: decodeURIComponent(namespace),
      pod: decodeURIComponent(pod),
      container: searchParams.get("container") ?? undefined,
      command: searchParams.getAll("command"),
    };
  }

  async answer(request: Request, { namespace, pod, ...exec }: ExecRequest): Promise<Response> {
    const found = await this.#kube({
      method: "GET",
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`,
      headers: new Headers(),
      body: "",
      user: SANDBOX_USER,
      signal: this.#ended,
    });
    if (!found.ok) return found;
    const { spec } = await found.json() as KubeObject & {
      spec: { containers: { name: string }[] };
    };
    const { container = spec.containers[0]?.name ?? "" } = exec;
    if (!spec.containers.some(({ name }) => name === container)) {
      return refusalAnswer(badRequest(`container ${container} is not valid for pod ${pod}`));
    }
    const protocol = execProtocol(request.headers);
    if (protocol === undefined) return refusalAnswer(badRequest("unable to upgrade connection"));
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol, idleTimeout: 0 });
    serveExec(socket, {
      protocol,
      answer: () => answerCommand(exec.command, { walBytes: this.#files.bytes(pod) }),
    });
    return response;
  }
}

const V5 = "v5.channel.k8s.io";
const PROTOCOLS = [V5, "v4.channel.k8s.io"];
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/** @returns undefined if the client offers none that is spoken here */
function execProtocol(headers: Headers): string | undefined {
  const offered = (headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  return offered.find((protocol) => PROTOCOLS.includes(protocol));
}

/** Answers and closes as soon as the socket is open. */
function serveExec(
  socket: WebSocket,
  { protocol, answer }: { protocol: string; answer: () => CommandAnswer },
): void {
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    const { stdout, stderr, exitCode } = answer();
    // The server of v5 opens its channels with an empty message.
    if (protocol === V5) socket.send(frame(STDOUT, ""));
    if (stdout !== "") socket.send(frame(STDOUT, stdout));
    if (stderr !== "") socket.send(frame(STDERR, stderr));
    socket.send(frame(STATUS, JSON.stringify(statusOf(exitCode))));
    socket.close(1000);
  };
}

function frame(channel: number, text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  const message = new Uint8Array(1 + bytes.length);
  message[0] = channel;
  message.set(bytes, 1);
  return message;
}

function statusOf(exitCode: number): unknown {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}

interface CommandAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Where Rancher keeps the cache in its pods. */
export const WAL_PATH = "/var/lib/rancher/informer_object_cache.db-wal";

const SHELLS = new Set(["sh", "bash", "/bin/sh", "/bin/bash"]);
const SIZE_COMMAND = /\b(?:stat|wc|du|ls|find)\b/;
const FILE = /[^\s'"<>;|&()\]]*\.db-wal/;

/**
 * What a command says in a pod of Rancher: as much of a shell as asking for the size of a file takes.
 * @param walBytes undefined: there is no such file
 */
export function answerCommand(
  argv: readonly string[],
  { walBytes }: { walBytes: number | undefined },
): CommandAnswer {
  const [program = "", option = "", script = "", ...parameters] = argv;
  const isScript = SHELLS.has(program) && option.endsWith("c");
  // $0 is the first word after the script.
  const text = isScript
    ? script.replace(/\$(\d)/g, (_, index) => parameters[Number(index)] ?? "")
    : argv.join(" ");
  const [path] = FILE.exec(text) ?? [];
  if (path !== undefined && SIZE_COMMAND.test(text)) return sizeOf(path, { text, walBytes });
  const [, code] = /^\s*exit (\d+)\s*$/.exec(text) ?? [];
  if (code !== undefined) return { stdout: "", stderr: "", exitCode: Number(code) };
  const [, words] = /^\s*echo (.*)$/.exec(text) ?? [];
  if (words !== undefined) return { stdout: `${words}\n`, stderr: "", exitCode: 0 };
  const [name = ""] = text.trim().split(/\s+/);
  return { stdout: "", stderr: `sh: ${name}: not found\n`, exitCode: 127 };
}

function sizeOf(
  path: string,
  { text, walBytes }: { text: string; walBytes: number | undefined },
): CommandAnswer {
  if (walBytes !== undefined && path === WAL_PATH) {
    return { stdout: `${walBytes}\n`, stderr: "", exitCode: 0 };
  }
  if (/\becho 0\b/.test(text)) return { stdout: "0\n", stderr: "", exitCode: 0 };
  const [, code] = /\|\| *exit (\d+)/.exec(text) ?? [];
  if (code !== undefined) return { stdout: "", stderr: "", exitCode: Number(code) };
  const stderr = `stat: cannot stat '${path}': No such file or directory\n`;
  return { stdout: "", stderr, exitCode: 1 };
}
