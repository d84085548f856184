/**
 * Where backups go: `host[:port]/path`, to which the operator adds `/NAMESPACE/NAME:latest`.
 * Source: distribution/reference, reference.go and normalize.go, as oras reads it.
 * @module
 */

export interface RegistryPath {
  /** With the port, if there is one: what credentials are filed under. */
  readonly host: string;
  /** Without slashes around it; empty: none. */
  readonly repository: string;
}

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::(?<port>\d{1,5}))?$/;
const HIGHEST_PORT = 65_535;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** @throws {SyntaxError} what is wrong with it, as the end of a sentence */
export function parseRegistryPath(text: string): RegistryPath {
  const wrong = (why: string) =>
    new SyntaxError(`${JSON.stringify(text)} is no registry/path: ${why}`);
  if (text.includes("@")) throw new SyntaxError("it may have no @: credentials come from a Secret");
  const [scheme] = /^\w+:\/\//.exec(text) ?? [];
  if (scheme !== undefined) throw wrong(`leave out ${scheme}`);
  if (/[?#\s]/.test(text)) throw wrong("it may have no ?, # and no blanks");
  const [host = "", ...components] = text.replace(/\/$/, "").split("/");
  if (/:/.test(components.join("/"))) throw wrong("leave out the tag, which is the operator's");
  if (text !== text.toLowerCase()) throw wrong("registries take lower case only");
  const { groups: { port = "0" } = {} } = HOST.exec(host) ?? {};
  if (!HOST.test(host)) throw wrong("it has to begin with the registry's host");
  if (Number(port) > HIGHEST_PORT) throw wrong(`there is no port ${port}`);
  if (components.length === 0 && !/[.:]/.test(host)) {
    throw wrong(`name the registry before "${host}", e.g. quay.io/${host}`);
  }
  const bad = components.find((component) => !COMPONENT.test(component));
  if (bad !== undefined) throw wrong(`"${bad}" cannot be part of a path`);
  return { host, repository: components.join("/") };
}

export function registryPathText({ host, repository }: RegistryPath): string {
  return repository === "" ? host : `${host}/${repository}`;
}

/** A top level that no name has, for good: RFC 2606, section 2. */
const NO_SUCH_TOP_LEVEL = "invalid";

/** The same path at a host that nobody can reach, whichever the registry is. */
export function unreachable({ host, repository }: RegistryPath): RegistryPath {
  const [, name = "", port = ""] = /^(\[.*\]|[^:]*)(:\d+)?$/.exec(host) ?? [];
  const known = name.startsWith("[") ? "registry" : name; // an address takes no further part
  return { host: `${known}.${NO_SUCH_TOP_LEVEL}${port}`, repository };
}
