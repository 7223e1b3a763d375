/**
 * Who among the principals administers.
 *
 * Promise: what the file says wins; a weaker word such as "staff" counts only when no stronger one
 * is there and somebody ordinary is left.
 *
 * @module
 */

/** What is known of one of them. */
export interface Standing {
  readonly name: string;
  readonly role: string | undefined;
  /** What the file says; `undefined` when it says nothing. */
  readonly told: boolean | undefined;
}

const strong =
  /^(?:(?:site|super|sys(?:tem)?|global|platform)?[-_ ]*admin(?:istrator)?s?(?:[-_ ]*user)?|root|super[-_ ]*users?|role[-_]admin)\d*$/i;
const weak: readonly RegExp[] = [
  /^(?:head[-_ ]*)?chef$/i,
  /^(?:site[-_ ]*)?owner$/i,
  /^(?:manager|operator|moderator|supervisor)$/i,
  /^(?:staff|employee|internal|support|clerk|editor)$/i,
];

/** Names of those who administer. */
export function administratorsAmong(standings: readonly Standing[]): ReadonlySet<string> {
  const told = standings.filter((one) => one.told === true);
  const open = standings.filter((one) => one.told === undefined);
  const named = open.filter(({ role, name }) => strong.test(role ?? name));
  const found = [...told, ...named];
  if (found.length > 0) return new Set(found.map(({ name }) => name));
  for (const word of weak) {
    const matching = open.filter(({ role }) => role !== undefined && word.test(role));
    if (matching.length > 0 && matching.length < standings.length)
      return new Set(matching.map(({ name }) => name));
  }
  return new Set();
}
