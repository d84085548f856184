/** Names of what worker threads of this folder can be asked to do; mod.ts says where it is done. @module */

export const CLIENT_TASK = "httperf-client";
export const SERVER_TASK = "httperf-server";
