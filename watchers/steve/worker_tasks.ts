/** Names of what worker threads of this folder can be asked to do; watchers/mod.ts says where it is done. @module */

export const STEVE_FLEET_TASK = "steve-fleet";
export const STEVE_LIGHT_READ_TASK = "steve-light-read";
