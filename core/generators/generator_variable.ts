/** The variable that makes a process a generator; in a file of its own, as every start reads it. @module */

export const GENERATOR_VARIABLE = "SCALETOOL_GENERATOR";
