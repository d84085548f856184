/** Which model is asked, and under which path? What flags say goes first. Pure. @module */

import { CannotRunError } from "../../../core/errors.ts";
import { didYouMean } from "../../../core/nearest.ts";
import { formatGatewayRef, type GatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import {
  isBehindGateway,
  isNamed,
  type ServedModel,
  servedModelOf,
} from "../../../kube/kuadrant/inference_service.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { TargetValues } from "./flags.ts";

export interface ModelChoice {
  /** As requests name it. */
  readonly model: string;
  readonly path: string;
  /** Undefined: flags alone tell of it. */
  readonly service: ServedModel | undefined;
}

/** Of questions. */
export type ChatApi = "chat" | "completions";

const API_PATHS: Readonly<Record<ChatApi, string>> = {
  chat: "/v1/chat/completions",
  completions: "/v1/completions",
};

/**
 * @param facts `services`: those of all namespaces; undefined: they are not known
 * @throws {CannotRunError} saying which flag is to be given
 */
export function modelChoice(
  { model, path }: Pick<TargetValues, "model" | "path">,
  { services, whyUnknown, gateway, isGatewayMissing = false, api }: {
    readonly services: readonly KubeObject[] | undefined;
    /** Why they are not known, where they are not. */
    readonly whyUnknown: string;
    readonly gateway: GatewayRef;
    /** It was looked for, and is not there. @default {false} */
    readonly isGatewayMissing?: boolean;
    readonly api: ChatApi;
  },
): ModelChoice {
  const models = (services ?? []).filter((one) => isBehindGateway(one, gateway))
    .map(servedModelOf);
  const found = model === undefined
    ? onlyModel(models, {
      gateway,
      isGatewayMissing,
      whyUnknown: services === undefined ? whyUnknown : undefined,
    })
    : models.find((one) => isNamed(one, model));
  if (found !== undefined) {
    return { model: found.model, path: path ?? found.basePath + API_PATHS[api], service: found };
  }
  // The gateway finds the model by the body.
  if (path !== undefined || models.length === 0) {
    return { model: model!, path: path ?? API_PATHS[api], service: undefined };
  }
  const names = models.map((one) => one.model);
  throw new CannotRunError(
    `There is no model "${model}" behind Gateway ${formatGatewayRef(gateway)}` +
      `${didYouMean(model!, names)}: it has ${
        names.join(", ")
      }; with --path it is asked all the same`,
  );
}

function onlyModel(
  models: readonly ServedModel[],
  { whyUnknown, gateway, isGatewayMissing }: {
    readonly whyUnknown: string | undefined;
    readonly gateway: GatewayRef;
    readonly isGatewayMissing: boolean;
  },
): ServedModel {
  const [first, ...others] = models.filter(({ notReady }) => notReady === "");
  if (first !== undefined && others.length === 0) return first;
  const place = `behind Gateway ${formatGatewayRef(gateway)}`;
  if (first !== undefined) {
    const names = [first, ...others].map(({ model }) => model).join(", ");
    throw new CannotRunError(`There are several models ${place} (${names}): name one with --model`);
  }
  if (whyUnknown !== undefined) {
    throw new CannotRunError(
      `Cannot find models, ${whyUnknown}: name one with --model, and its path with --path unless ` +
        "that is /v1/chat/completions",
    );
  }
  const [unready] = models;
  if (unready === undefined && isGatewayMissing) {
    throw new CannotRunError(
      `There is no Gateway ${
        formatGatewayRef(gateway)
      }, and no model that names it: name another ` +
        "with --gateway, or a model with --model and its path with --path",
    );
  }
  throw new CannotRunError(
    unready === undefined
      ? `There is no model ${place}: name one with --model, and its path with --path`
      : `No model ${place} is ready (${unready.model}: ${unready.notReady}): name one with ` +
        "--model to ask it all the same",
  );
}
