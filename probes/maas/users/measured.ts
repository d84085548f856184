/** What provisioning records. @module */

/** Operations, tagged {tier}. */
export const CREATE_ACCOUNT = "createAccount";
export const REQUEST_TOKEN = "requestToken";
/** Where users have API keys of their own. */
export const CREATE_KEY = "createKey";

/** Counters, tagged {tier}: credentials that were replaced before they expired, and those that were not. */
export const TOKEN_RENEWALS = "tokenRenewals";
export const TOKEN_RENEWAL_FAILURES = "tokenRenewalFailures";
