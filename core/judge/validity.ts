/**
 * Was the generator itself fit to measure? Judged from its own readings, never assumed.
 * @module
 */

import { z } from "zod";

export const ValidityLevel = z.enum(["valid", "degraded", "invalid"]);
export type ValidityLevel = z.infer<typeof ValidityLevel>;

/** `degraded`: read the figures with the reasons in mind. `invalid`: times and rates are the generator's own. */
export const Validity = z.object({ level: ValidityLevel, reasons: z.array(z.string()) });
export type Validity = z.infer<typeof Validity>;
