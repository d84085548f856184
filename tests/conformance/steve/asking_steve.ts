/**
 * Short ways to ask a Steve over HTTP, and to wait until it has heard of something. Decides nothing
 * about what is right.
 * @module
 */

import assert from "node:assert/strict";
import { configMapsOf, eventually, patch, post, remove } from "../asking.ts";
import type { Answer, Seen } from "../subject.ts";
import type { SteveList, SteveSubject } from "./subject.ts";

/** GET of a path below Steve's URL; not compressed unless the headers say so. */
export async function askSteve(
  { url }: Pick<SteveSubject, "url">,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    headers: { "accept-encoding": "identity", ...headers },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export async function listSteve(subject: SteveSubject, path: string): Promise<SteveList> {
  const { status, text } = await askSteve(subject, path);
  assert.equal(status, 200, `${path}: ${text}`);
  return JSON.parse(text);
}

/**
 * The revision of Steve's list of a type: a subscription that begins there misses nothing. One that
 * names none begins at some moment after its resource.start.
 */
export async function revisionOf(subject: SteveSubject, type = "configmaps"): Promise<string> {
  const { revision } = await listSteve(subject, `/v1/${type}`);
  assert.match(revision ?? "", /^\d+$/);
  return revision!;
}

/** Waits until Steve's list of a type covers a write. */
export async function untilSteveHas(
  subject: SteveSubject,
  { type = "configmaps", revision }: { type?: string; revision: string },
): Promise<void> {
  const isThere = async () =>
    (await askSteve(subject, `/v1/${type}?revision=${revision}`)).status === 200;
  await eventually(`revision ${revision} of ${type}`, isThere);
}

export async function makeConfigMap(
  subject: SteveSubject,
  namespace: string,
  object: { name: string; labels?: Readonly<Record<string, string>>; data?: unknown },
): Promise<Seen> {
  const { data, ...metadata } = object;
  return await post(subject, configMapsOf(namespace), { metadata, data });
}

/** Gives a ConfigMap another value; its new revision. */
export async function touch(
  subject: SteveSubject,
  namespace: string,
  { name, value }: { name: string; value: string },
): Promise<string> {
  const { metadata } = await patch(subject, `${configMapsOf(namespace)}/${name}`, {
    body: { data: { value } },
  });
  return metadata.resourceVersion;
}

export async function removeConfigMap(
  subject: SteveSubject,
  namespace: string,
  name: string,
): Promise<void> {
  await remove(subject, `${configMapsOf(namespace)}/${name}`);
}
