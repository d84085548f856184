/** What a review of a token straight at the API server is called, by whomever it is asked. @module */

/**
 * An operation. Of the tokens probe it is tagged {token}, and that through the gateway is `chat`,
 * {arm, token}.
 */
export const REVIEW = "review";
