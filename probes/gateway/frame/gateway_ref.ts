/** Which Gateway, as users name it: `namespace/name`. @module */

import type { FlagKind } from "../../../core/command/flags.ts";
import {
  formatGatewayRef,
  OBJECT_NAME as NAME,
  OBJECT_REF as REF,
  parseGatewayRef,
} from "../../../kube/gateway_api/gateway_ref.ts";

/** `ns/a,ns/b`, and may be given many times. */
export const gatewayList: FlagKind<readonly string[]> = {
  placeholder: "ns/name,...",
  isList: true,
  parse: (given) => {
    const texts = given.split(",").map((text) => text.trim());
    return texts.map((text) => formatGatewayRef(parseGatewayRef(text)));
  },
  format: (refs) => refs.join(","),
};

/** Names with commas between them, and may be given many times. */
export const nameList: FlagKind<readonly string[]> = {
  placeholder: "name,...",
  isList: true,
  parse: (given) => {
    const names = given.split(",").map((text) => text.trim());
    const wrong = names.find((name) => !new RegExp(`^${NAME}$`).test(name));
    if (wrong === undefined) return names;
    throw new SyntaxError(`must be names, with commas between them, not "${given}"`);
  },
  format: (names) => names.join(","),
};

/** `127.0.0.1:8080`, `[::1]:80`, `gateway.example.com`. */
const ADDRESS = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?$/i;
const HIGHEST_PORT = 65_535;

/** Where a Gateway answers, instead of where its status says. */
export interface AddressOverride {
  /** Undefined: the only one. */
  readonly gateway: string | undefined;
  readonly address: string;
  /** Undefined: the port of its listener. */
  readonly port: number | undefined;
}

/** `ns/name=host:port`, or `host:port` where there is one Gateway. @throws {SyntaxError} */
export function parseAddressOverride(text: string): AddressOverride {
  const [, ref, place = ""] = /^(?:([^=]*)=)?(.*)$/s.exec(text) ?? [];
  const [, address, digits] = ADDRESS.exec(place) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (address === undefined || (port !== undefined && (port < 1 || port > HIGHEST_PORT))) {
    throw new SyntaxError(`must be HOST, HOST:PORT or NS/NAME=HOST:PORT, not "${text}"`);
  }
  const gateway = ref === undefined ? undefined : formatGatewayRef(parseGatewayRef(ref));
  return { gateway, address: address.replace(/^\[|\]$/g, ""), port };
}

/** Which of these texts is about the Gateway with this tag; undefined: none. */
export function addressOverride(
  texts: readonly string[],
  tag: string,
): AddressOverride | undefined {
  return texts.map(parseAddressOverride).find(({ gateway = tag }) => gateway === tag);
}

/** Of a Gateway each, with commas between them, and may be given many times. */
export const addressList: FlagKind<readonly string[]> = {
  placeholder: "[ns/name=]host:port,...",
  isList: true,
  parse: (given) => {
    const texts = given.split(",").map((text) => text.trim());
    texts.forEach(parseAddressOverride);
    return texts;
  },
  format: (texts) => texts.join(","),
};

/** A Service and one of its ports. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** `ns/service:port`. @throws {SyntaxError} */
export function parseServiceRef(text: string): ServiceRef {
  const [, ref = "", digits = ""] = /^(.*):(\d{1,5})$/s.exec(text) ?? [];
  const [, namespace, name] = REF.exec(ref) ?? [];
  const port = Number(digits);
  if (namespace !== undefined && name !== undefined && port >= 1 && port <= HIGHEST_PORT) {
    return { namespace, name, port };
  }
  throw new SyntaxError(`must be NAMESPACE/SERVICE:PORT, not "${text}"`);
}
