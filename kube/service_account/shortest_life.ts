/** Below it the API server refuses: "may not specify a duration less than 10 minutes". */
export const SHORTEST_TOKEN_LIFE_MS = 600_000;
