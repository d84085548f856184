/**
 * Which repository and tag of which registry is an image? Text to parts.
 * Source: OCI distribution specification 1.1, "Pulling manifests"; distribution/reference.
 * @module
 */

export interface ImageName {
  /** `HOST` or `HOST:PORT`. */
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
}

const PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const IMAGE = new RegExp(
  `^(?<host>[A-Za-z0-9.-]+(?::\\d{1,5})?|\\[[0-9a-fA-F:]+\\](?::\\d{1,5})?)` +
    `/(?<repository>${PART}(?:/${PART})*):(?<tag>\\w[\\w.-]{0,127})$`,
);

/** `quay.io/user/namespace/name:latest`; undefined: no registry could have it. */
export function imageName(text: string): ImageName | undefined {
  const groups = IMAGE.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { host = "", repository = "", tag = "" } = groups;
  return { host, repository, tag };
}
