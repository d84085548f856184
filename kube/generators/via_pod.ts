/** The name of the way to a coordinator that leads pods; in a file of its own, as every start reads it. @module */

export const VIA_POD = "pod";
