/** How does a pod find its coordinator's orders? Part of what makes a process a generator. @module */

import * as z from "zod";

/** The ConfigMap of orders. */
export const PodLink = z.object({ namespace: z.string(), name: z.string() });
