/**
 * Who may read and who may write a property (OWASP API3:2023, ASVS 8.2.3 and 15.3.3).
 *
 * Risk: one response with one property too many, one update of a property that was not the
 * caller's to change. Promise: the rule stands at the property, is compiled into the parser and
 * the projection, and shows in the OpenAPI document. Limits: audiences are names; who belongs to
 * which is the caller's decision.
 *
 * @module
 */

import { z } from "zod";
import {
  audienceMarks,
  childrenOf,
  innerOf,
  definitionOf,
  type Audiences,
  type Schema,
} from "./schema-tree.ts";

export type { Audiences } from "./schema-tree.ts";

const namePattern = /^[A-Za-z][A-Za-z0-9:._-]{0,63}$/;

/**
 * A property that only these audiences get to see; for others the projection leaves it out.
 *
 * @throws TypeError without an audience, for a malformed name, or when the schema is restricted
 * already.
 * @example
 * import { z } from "zod";
 * const User = z.strictObject({ id: z.uuid(), salary: readableBy(z.int(), "admin") });
 */
export function readableBy<T extends z.ZodType>(schema: T, ...audiences: readonly string[]): T {
  return marked(schema, "readableBy", audiences);
}

/**
 * A property that only these audiences may send; from others it is refused like an unknown name.
 * It must be optional, because the others never send it.
 *
 * @throws TypeError without an audience, for a malformed name, or when the schema is restricted
 * already.
 * @example
 * import { z } from "zod";
 * const Change = z.strictObject({ status: writableBy(z.enum(["active", "disabled"]), "admin").optional() });
 */
export function writableBy<T extends z.ZodType>(schema: T, ...audiences: readonly string[]): T {
  return marked(schema, "writableBy", audiences);
}

function marked<T extends z.ZodType>(
  schema: T,
  side: keyof Audiences,
  audiences: readonly string[],
): T {
  if (audiences.length === 0) throw new TypeError(`${side} names no audience`);
  for (const name of audiences)
    if (!namePattern.test(name))
      throw new TypeError(`${side}: ${JSON.stringify(name)} is not the name of an audience`);
  if (audiencesOf(schema)[side] !== undefined)
    throw new TypeError(`${side}: the schema is restricted already`);
  // A clone without a definition has the original as its parent and inherits what is said of it.
  const copy = z.core.clone(schema);
  audienceMarks.add(copy, { [side]: [...new Set(audiences)].toSorted() });
  return copy;
}

/**
 * The audiences of a property, also through `optional()`, `nullable()` and other wrappers.
 *
 * @example
 * import { z } from "zod";
 * audiencesOf(readableBy(z.int(), "admin").nullable().optional()); // { readableBy: ["admin"] }
 */
export function audiencesOf(schema: Schema): Audiences {
  let found: Audiences = {};
  const seen = new Set<Schema>();
  const waiting: Schema[] = [schema];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    found = { ...audienceMarks.get(next), ...found };
    const definition = definitionOf(next);
    if (definition.type === "pipe") waiting.push(definition.out, definition.in);
    const inner = innerOf(next);
    if (inner !== undefined) waiting.push(inner);
  }
  return found;
}

/**
 * The restricted properties of a contract, by their path: names with `/` between them, `*` for every
 * element of a list.
 *
 * @example
 * import { z } from "zod";
 * const User = z.strictObject({ id: z.uuid(), salary: readableBy(z.int(), "admin") });
 * restrictedProperties(User, "readableBy"); // { salary: ["admin"] }
 */
export function restrictedProperties(
  schema: Schema,
  side: keyof Audiences,
): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  const above = new Set<Schema>();
  const walk = (node: Schema, path: string): void => {
    // A schema inside itself has said everything already.
    if (above.has(node)) return;
    above.add(node);
    for (const { step, schema: child } of childrenOf(node)) {
      const here = path === "" || step === "" ? path + step : `${path}/${step}`;
      const audiences = audiencesOf(child)[side];
      if (step !== "" && audiences !== undefined) found[here] = audiences;
      walk(child, here);
    }
    above.delete(node);
  };
  walk(schema, "");
  return found;
}
