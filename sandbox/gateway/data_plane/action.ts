/**
 * What a data plane does with a request that a rule fits.
 * @module
 */

import type { RedirectFilter, RouteFilter } from "../objects.ts";

export type Action =
  & {
    /** Change the answer's headers, in order. */
    readonly filters: readonly RouteFilter[];
  }
  & (
    | { readonly kind: "backend"; readonly service: string; readonly port: number }
    | { readonly kind: "redirect"; readonly redirect: RedirectFilter }
    | { readonly kind: "failure"; readonly status: number; readonly body: string }
  );
