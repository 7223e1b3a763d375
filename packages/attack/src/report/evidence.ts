/**
 * Which exchange of a finding is the attack.
 *
 * @module
 */

import type { Exchange } from "../wire/exchange.ts";

/** Evidence begins with the control where there is one; the attack is next. */
export function attackOf(evidence: readonly Exchange[]): Exchange | undefined {
  return evidence[1] ?? evidence[0];
}
