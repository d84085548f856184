/**
 * Short ways to ask a server and to compare what it answers. Decides nothing about what is right.
 * @module
 */

import assert from "node:assert/strict";
import type { Asked, Asker, Seen, SeenList } from "./subject.ts";

export { eventually } from "../support/eventually.ts";

export const MERGE = "application/merge-patch+json";
export const STRATEGIC = "application/strategic-merge-patch+json";
export const JSON_PATCH = "application/json-patch+json";
export const APPLY = "application/apply-patch+yaml";

export function configMapsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

/** Answer's status and parsed body. */
export async function ask(
  subject: Asker,
  path: string,
  asked: Asked = {},
): Promise<{ status: number; body: unknown }> {
  const { status, text } = await subject.ask(path, asked);
  try {
    return { status, body: JSON.parse(text) };
  } catch {
    return { status, body: text };
  }
}

/** The body of an answer that must have this status. */
async function expect(
  subject: Asker,
  path: string,
  { status, ...asked }: Asked & { status: number },
): Promise<unknown> {
  const answer = await ask(subject, path, asked);
  assert.equal(answer.status, status, `${asked.method ?? "GET"} ${path}: ${text(answer.body)}`);
  return answer.body;
}

export async function get(subject: Asker, path: string): Promise<Seen> {
  return await expect(subject, path, { status: 200 }) as Seen;
}

export async function list(subject: Asker, path: string): Promise<SeenList> {
  return await expect(subject, path, { status: 200 }) as SeenList;
}

export async function post(subject: Asker, path: string, body: unknown): Promise<Seen> {
  return await expect(subject, path, { method: "POST", body, status: 201 }) as Seen;
}

export async function put(subject: Asker, path: string, body: unknown): Promise<Seen> {
  return await expect(subject, path, { method: "PUT", body, status: 200 }) as Seen;
}

export async function patch(
  subject: Asker,
  path: string,
  { body, type = MERGE, status = 200 }: { body: unknown; type?: string; status?: number },
): Promise<Seen> {
  return await expect(subject, path, {
    method: "PATCH",
    body,
    contentType: type,
    status,
  }) as Seen;
}

/** @returns the object, or the Status of its deletion */
export async function remove(subject: Asker, path: string, body?: unknown): Promise<Seen> {
  return await expect(subject, path, { method: "DELETE", body, status: 200 }) as Seen;
}

/** ConfigMaps of these names, each with these labels. */
export async function makeConfigMaps(
  subject: Asker,
  namespace: string,
  names: readonly string[],
  labels: Readonly<Record<string, string>> = { set: "made" },
): Promise<Seen[]> {
  const made: Seen[] = [];
  for (const name of names) {
    made.push(await post(subject, configMapsOf(namespace), { metadata: { name, labels } }));
  }
  return made;
}

export function namesOf({ items }: Pick<SeenList, "items">): string[] {
  return items.map(({ metadata }) => metadata.name);
}

function text(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}
