/**
 * A value that must not be printed (OWASP API8:2023, ASVS 16.2.5).
 *
 * Promise: string conversion, JSON, `console.log` and template literals show `[redacted]`.
 * Limits: `reveal()` gives the value away; memory is not wiped.
 *
 * @module
 */

const redacted = "[redacted]";
const inspectSymbol = Symbol.for("nodejs.util.inspect.custom");

/**
 * Holds a value that prints as `[redacted]`.
 *
 * @example
 * const password = new Secret("correct horse");
 * `${password}`; // "[redacted]"
 * password.reveal(); // "correct horse"
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Every call is a place to review. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [Symbol.toPrimitive](): string {
    return redacted;
  }

  [inspectSymbol](): string {
    return redacted;
  }
}
