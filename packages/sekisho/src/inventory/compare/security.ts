/**
 * The credentials that an operation asks for.
 *
 * @module
 */

import { note, type Scope } from "./change.ts";
import {
  entriesOf,
  isSubset,
  listOf,
  textsOf,
  type DocumentReader,
  type Node,
} from "./document.ts";

/** One way to be let in: scheme to the scopes or roles that it needs. */
type Alternative = ReadonlyMap<string, ReadonlySet<string>>;

/** Compares who is let in: whoever could call before has to be able to call after. */
export function compareSecurity(
  scope: Scope,
  before: readonly Alternative[],
  after: readonly Alternative[],
): void {
  const part = { ...scope, location: "security" };
  const lost = before.filter((way) => !after.some((other) => satisfies(way, other)));
  const gained = after.filter((way) => !before.some((other) => satisfies(way, other)));
  const name = (ways: readonly Alternative[]): string => ways.map(nameOf).join(" or ");
  if (lost.length > 0) note(part, "api-security-added", true, `${name(lost)} → ${name(after)}`);
  else if (gained.length > 0 || before.length > after.length)
    note(part, "api-security-removed", false, `${name(before)} → ${name(after)}`);
}

/** The ways into an operation; no requirement at all is one way with nothing. */
export function securityOf(reader: DocumentReader, operation: Node): readonly Alternative[] {
  const requirements = listOf(operation["security"] ?? reader.root["security"]);
  if (requirements.length === 0) return [new Map()];
  return requirements.map(
    (requirement) =>
      new Map(entriesOf(requirement).map(([scheme, scopes]) => [scheme, new Set(textsOf(scopes))])),
  );
}

/** Whether credentials that met `offered` meet `asked`. */
function satisfies(offered: Alternative, asked: Alternative): boolean {
  return [...asked].every(([scheme, scopes]) => {
    const held = offered.get(scheme);
    return held !== undefined && isSubset(scopes, held);
  });
}

function nameOf(way: Alternative): string {
  if (way.size === 0) return "anonymous";
  return [...way]
    .map(([scheme, scopes]) =>
      scopes.size === 0 ? scheme : `${scheme} (${[...scopes].join(", ")})`,
    )
    .join(" and ");
}
