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

const roleNames = /^(?:user)?[-_]?(?:roles?|authorities|groups?)$/i;
const administratorNames = /^(?:is)?[-_]?(?:admin(?:istrator)?|superuser|staff)$/i;

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** One role out of one or several: the one that administers, else the first. */
export function roleAmong(value: unknown): string | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const roles = list.flatMap((one) => {
    const role = typeof one === "string" ? one : mapping(one)["name"];
    return typeof role === "string" && role !== "" ? [role] : [];
  });
  return roles.find((role) => strong.test(role)) ?? roles[0];
}

/** The role that claims of a token, or a user in an answer, name; `undefined` when they name none. */
export function roleIn(...sources: readonly unknown[]): string | undefined {
  for (const source of sources) {
    const top = mapping(source);
    const parts = [
      top,
      mapping(top["user"]),
      mapping(top["data"]),
      mapping(mapping(top["data"])["user"]),
    ];
    for (const part of parts)
      for (const [name, value] of Object.entries(part)) {
        if (administratorNames.test(name) && value === true) return "admin";
        const role = roleNames.test(name) ? roleAmong(value) : undefined;
        if (role !== undefined) return role;
      }
  }
  return undefined;
}

/** Whether a role administers by its name alone. */
export function isAdministrative(role: string): boolean {
  return strong.test(role);
}
