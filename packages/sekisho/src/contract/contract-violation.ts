/**
 * The error of an answer that does not meet its own contract.
 *
 * Promise: names places, never values. Limits: for operators; the client gets a 500 without it.
 *
 * @module
 */

/** One place of an answer and what is wrong there. */
export interface Violation {
  /** JSON Pointer as a URI fragment. */
  readonly pointer: string;
  /** Constant text, for example `"is not in the contract"`. */
  readonly detail: string;
}

/**
 * An answer does not meet its contract (API3.P5).
 *
 * @example
 * try {
 *   throw new ContractViolation([{ pointer: "#/salary", detail: "is not in the contract" }]);
 * } catch (error) {
 *   if (error instanceof ContractViolation) error.violations; // for the log
 * }
 */
export class ContractViolation extends Error {
  override readonly name = "ContractViolation";
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    const places = violations.slice(0, 8).map(({ pointer, detail }) => `${pointer} ${detail}`);
    super(`the answer does not meet its contract: ${places.join("; ")}`);
    this.violations = violations;
  }
}
