/** A start that failed for a reason outside of the program; the message is what Envoy would print. */
export class StartError extends Error {}
