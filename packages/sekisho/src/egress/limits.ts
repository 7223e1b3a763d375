/**
 * Ceilings of one outgoing request (OWASP API10.V4, API10.V5).
 *
 * Promise: every phase has one, and the whole has one. Limits: `headerBytes` is kept by the HTTP
 * parser and may be overrun by one read of the socket before it is noticed.
 *
 * @module
 */

/** Ceilings of one outgoing request; times in milliseconds, sizes in bytes. */
export interface EgressLimits {
  /** TCP and TLS together, over all addresses. */
  readonly connectMs: number;
  /** From the request to the end of the response's header section. */
  readonly headersMs: number;
  /** From the call to the last byte of the body; name resolution and redirects included. */
  readonly totalMs: number;
  /** Response body, counted on the wire and again after decompression. */
  readonly bodyBytes: number;
  /** Header section of the response. */
  readonly headerBytes: number;
}

/**
 * What applies unless something else is said.
 *
 * @example
 * createEgress({ policy, limits: { ...defaultEgressLimits, totalMs: 3_000 } });
 */
export const defaultEgressLimits: EgressLimits = {
  connectMs: 3_000,
  headersMs: 5_000,
  totalMs: 10_000,
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
};

/**
 * Completes and checks limits.
 *
 * @throws TypeError when one is not a positive whole number.
 */
export function requireLimits(base: EgressLimits, changes?: Partial<EgressLimits>): EgressLimits {
  if (changes === undefined) return base;
  const limits = { ...base, ...changes };
  for (const [name, value] of Object.entries(limits))
    if (!Number.isInteger(value) || value < 1 || value > 2_147_483_647)
      throw new TypeError(`egress limit ${name} is ${value}, which is not a positive whole number`);
  return limits;
}
