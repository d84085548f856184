/**
 * A ResourceQuota that is used up.
 * Source: apiserver, pkg/admission/plugin/resourcequota/controller.go.
 * @module
 */

import { integer } from "../../core/command/flags.ts";
import { refusalAnswer } from "../kubernetes/answers/answers.ts";
import { forbidden } from "../kubernetes/answers/api_error.ts";
import { type HitRequest, valuedFault } from "./fault.ts";

export const quota = valuedFault({
  name: "quota",
  does: "403 for creates beyond the first N, as by a ResourceQuota",
  concerns: ["creates"],
  value: { is: "N", kind: integer({ min: 0 }), default: 0 },
  start: (limit) => {
    let granted = 0;
    return async ({ call, seen, next }) => {
      if (granted >= limit) return refusalAnswer(exceeded(limit, { call, seen }));
      granted++;
      return await next(call);
    };
  },
});

function exceeded(limit: number, { call, seen }: Pick<HitRequest, "call" | "seen">) {
  const { group, plural, resource } = seen;
  const counted = `count/${resource}`;
  return forbidden({ group, version: "", plural, kind: "", namespaced: true }, {
    name: nameIn(call.body),
    why: `exceeded quota: sandbox-fault, requested: ${counted}=1, used: ${counted}=${limit}, ` +
      `limited: ${counted}=${limit}`,
  });
}

function nameIn(body: string): string {
  try {
    return String(JSON.parse(body).metadata.name);
  } catch {
    return "";
  }
}
