/** Names of what a worker thread of this folder can be asked to do; mod.ts says where it is done. @module */

export const SANDBOX_TASK = "sandbox";
export const STEVE_SANDBOX_TASK = "steve-sandbox";
export const GATEWAY_SANDBOX_TASK = "gateway-sandbox";
export const MAAS_SANDBOX_TASK = "maas-sandbox";
export const DEVWORKSPACE_SANDBOX_TASK = "devworkspace-sandbox";
