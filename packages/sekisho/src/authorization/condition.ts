/**
 * The predicate as the condition of a query.
 *
 * Promise: compiled once; everything of the principal travels as a parameter. Limits: the
 * condition names columns through one table alias.
 *
 * @module
 */

import { isId, type Principal } from "../kernel/index.ts";
import { quoteName } from "./identifier-text.ts";
import type { ColumnType, Predicate } from "./predicate.ts";

/** Where a condition stands in its query. */
export interface ConditionOptions {
  /** Alias (or name) of the protected table in the query. */
  readonly alias: string;
  /** Number of the first parameter: 2 makes `$2`, `$3` … */
  readonly firstParameter: number;
}

/** A compiled condition and how its parameters come from a principal. */
export interface Condition {
  /** For example `("o"."user_id" = $2::uuid)`. */
  readonly text: string;
  /** One value for each parameter of `text`, in order. */
  values(principal: Principal | undefined): readonly unknown[];
}

type ValueOf = (principal: Principal | undefined) => unknown;

class ConditionCompiler {
  readonly #alias: string;
  readonly #first: number;
  readonly #values: ValueOf[] = [];
  readonly #known = new Map<string, string>();

  constructor(options: ConditionOptions) {
    this.#alias = quoteName(options.alias);
    this.#first = options.firstParameter;
  }

  get values(): readonly ValueOf[] {
    return this.#values;
  }

  compile(predicate: Predicate): string {
    switch (predicate.kind) {
      case "column":
        return `${this.#column(predicate.column)} = ${this.#subject(predicate.type)}`;
      case "tenant-column":
        return `${this.#column(predicate.column)} = ${this.#tenant(predicate.type)}`;
      case "member-of":
        return (
          `EXISTS (SELECT 1 FROM ${quoteName(predicate.table)} AS "sekisho_member"` +
          ` WHERE "sekisho_member".${quoteName(predicate.resourceColumn)} = ${this.#column(predicate.via)}` +
          ` AND "sekisho_member".${quoteName(predicate.memberColumn)} = ${this.#subject("uuid")})`
        );
      case "state-in": {
        const states = [...predicate.states];
        const text = this.#parameter(`states:${states.join(",")}`, "text[]", () => states);
        return `${this.#column(predicate.column)}::text = ANY(${text})`;
      }
      case "principal-role": {
        const { role } = predicate;
        return this.#parameter(`role:${role}`, "boolean", (who) => who?.roles.has(role) ?? false);
      }
      case "and":
        return `(${predicate.parts.map((part) => this.compile(part)).join(" AND ")})`;
      case "or":
        return `(${predicate.parts.map((part) => this.compile(part)).join(" OR ")})`;
      case "everyone":
        return "true";
    }
  }

  #column(name: string): string {
    return `${this.#alias}.${quoteName(name)}`;
  }

  #subject(type: ColumnType): string {
    return this.#parameter(`subject:${type}`, type, (who) => asType(who?.subject, type));
  }

  #tenant(type: ColumnType): string {
    return this.#parameter(`tenant:${type}`, type, (who) => asType(who?.tenant, type));
  }

  #parameter(key: string, type: string, valueOf: ValueOf): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const text = `$${this.#first + this.#values.length}::${type}`;
    this.#values.push(valueOf);
    this.#known.set(key, text);
    return text;
  }
}

/** Null makes every comparison false; a text that is no UUID would make the query fail instead. */
function asType(value: string | undefined, type: ColumnType): string | null {
  if (value === undefined || value === "") return null;
  return type === "uuid" && !isId(value) ? null : value;
}

/**
 * Compiles a predicate to a condition.
 *
 * @throws TypeError when the alias is not a plain lower-case SQL name, or the first parameter is
 * not a positive integer.
 * @example
 * const condition = toCondition(column("user_id"), { alias: "o", firstParameter: 2 });
 * condition.text; // ("o"."user_id" = $2::uuid)
 * condition.values(principal); // [principal.subject]
 */
export function toCondition(predicate: Predicate, options: ConditionOptions): Condition {
  if (!Number.isInteger(options.firstParameter) || options.firstParameter < 1)
    throw new TypeError("the first parameter must be a positive integer");
  const compiler = new ConditionCompiler(options);
  const text = `(${compiler.compile(predicate)})`;
  const { values } = compiler;
  return { text, values: (principal) => values.map((valueOf) => valueOf(principal)) };
}
