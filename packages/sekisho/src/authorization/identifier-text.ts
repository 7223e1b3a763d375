/**
 * Names and literals that become part of SQL text.
 *
 * Promise: only names of lower-case letters, digits and underscores, and literals of a small safe
 * alphabet, ever reach the text; everything else is refused when it is declared. Limits: schemas
 * other than the search path's are not named.
 *
 * @module
 */

const namePattern = /^[a-z_][a-z0-9_]{0,62}$/;
const literalPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

/** Refuses a name that is not plain; `what` begins the message. */
export function checkName(name: string, what: string): void {
  if (!namePattern.test(name))
    throw new TypeError(`${what} ${JSON.stringify(name)} is not a plain lower-case SQL name`);
}

/** Refuses a value that is not made of letters, digits and `_.:-`. */
export function checkLiteral(value: string, what: string): void {
  if (!literalPattern.test(value))
    throw new TypeError(
      `${what} ${JSON.stringify(value)} has characters other than A-Z a-z 0-9 _.:-`,
    );
}

/** The quoted name. */
export function quoteName(name: string): string {
  checkName(name, "name");
  return `"${name}"`;
}

/** The quoted literal. */
export function quoteLiteral(value: string): string {
  checkLiteral(value, "value");
  return `'${value}'`;
}
