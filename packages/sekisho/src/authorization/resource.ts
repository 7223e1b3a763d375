/**
 * What is protected: a kind of row, where it is kept and who owns it (OWASP API1:2023).
 *
 * Promise: an id becomes a row only through a resource, and the owner predicate is part of the
 * lookup. Limits: the custom form decides in memory, after the row was fetched.
 *
 * @module
 */

import { isId, type SqlSession } from "../kernel/index.ts";
import { checkName } from "./identifier-text.ts";
import type { Predicate } from "./predicate.ts";

declare const shape: unique symbol;

/** Carries the type of a row; empty at run time. */
export interface Shape<Row extends object> {
  readonly [shape]?: Row;
}

const emptyShape: Shape<never> = Object.freeze({});

/**
 * Names the type of a row where nothing else would.
 *
 * @example
 * defineResource("order", { table: "orders", owner: column("user_id"), row: shapeOf<OrderRow>() });
 */
export function shapeOf<Row extends object>(): Shape<Row> {
  return emptyShape;
}

/** How an id looks; anything else is treated like a missing row, without a query. */
export type IdFormat = "uuid" | "text";

/** A resource that is a table. */
export interface TableOptions<Row extends object> {
  readonly table: string;
  /** Column of the id; `"id"` unless said. */
  readonly key?: string;
  /** `"uuid"` unless said. `"text"`: 1 to 256 characters without control characters. */
  readonly idFormat?: IdFormat;
  /** Columns to load; all unless said. */
  readonly columns?: readonly string[];
  readonly owner: Predicate;
  readonly row: Shape<Row>;
}

/** A resource that is loaded by a function. */
export interface LoaderOptions<Row extends object> {
  readonly load: (session: SqlSession, id: string) => Promise<Row | undefined> | Row | undefined;
  /** The subject whose row it is; anybody else finds nothing. */
  readonly owner: (row: Row) => string;
  readonly idFormat?: IdFormat;
}

/** Where rows come from when they are a table. */
export interface TableSource {
  readonly form: "table";
  readonly table: string;
  readonly key: string;
  readonly columns: readonly string[];
  readonly owner: Predicate;
}

/** Where rows come from when they are loaded by a function. */
export interface LoaderSource {
  readonly form: "loader";
  /** Methods, so that a resource of a special row is also a resource of any row. */
  load(session: SqlSession, id: string): Promise<object | undefined> | object | undefined;
  owner(row: object): string;
}

/** A declared resource. `Kind` is the name under which a handler is given the row. */
export interface Resource<Kind extends string = string, Row extends object = object> {
  readonly kind: Kind;
  readonly idFormat: IdFormat;
  readonly source: TableSource | LoaderSource;
  readonly row: Shape<Row>;
}

const kindPattern = /^[a-z][A-Za-z0-9_]*$/;
const takenKinds: ReadonlySet<string> = new Set(["principal", "event"]);

function checkKind(kind: string): void {
  if (!kindPattern.test(kind))
    throw new TypeError(`resource kind ${JSON.stringify(kind)} is not a plain property name`);
  if (takenKinds.has(kind)) throw new TypeError(`resource kind ${kind} is taken`);
}

function tableSource(options: TableOptions<object>): TableSource {
  const { columns = [], key = "id", owner, table } = options;
  checkName(table, "table");
  for (const name of [key, ...columns]) checkName(name, "column");
  return Object.freeze({ form: "table", table, key, columns: Object.freeze([...columns]), owner });
}

/**
 * Declares a resource: a table with its owner predicate, or a loader with its owner function.
 *
 * @throws TypeError when the kind is not a plain property name or is `principal` or `event`, or a
 * name is not a plain lower-case SQL name.
 * @example
 * const Order = defineResource("order", {
 *   table: "orders",
 *   owner: column("user_id"),
 *   row: shapeOf<{ id: string; user_id: string; status: string }>(),
 * });
 */
export function defineResource<const Kind extends string, Row extends object>(
  kind: Kind,
  options: TableOptions<Row>,
): Resource<Kind, Row>;
export function defineResource<const Kind extends string, Row extends object>(
  kind: Kind,
  options: LoaderOptions<Row>,
): Resource<Kind, Row>;
export function defineResource<Kind extends string, Row extends object>(
  kind: Kind,
  options: TableOptions<Row> | LoaderOptions<Row>,
): Resource<Kind, Row> {
  checkKind(kind);
  const source =
    "load" in options
      ? Object.freeze<LoaderSource>({
          form: "loader",
          load: options.load,
          owner: options.owner,
        })
      : tableSource(options);
  return Object.freeze({ kind, idFormat: options.idFormat ?? "uuid", source, row: emptyShape });
}

const idChecks: Readonly<Record<IdFormat, (id: string) => boolean>> = {
  uuid: isId,
  // PostgreSQL fails on a NUL and on half a surrogate pair, which would tell them from a miss.
  text: (id) => id.length >= 1 && id.length <= 256 && id.isWellFormed() && !/\p{Cc}/u.test(id),
};

/**
 * Whether a text can be an id of the resource at all. What cannot is answered like a missing row.
 *
 * @example
 * isIdOf(Order, "42"); // false
 */
export function isIdOf(resource: Resource, id: unknown): id is string {
  return typeof id === "string" && idChecks[resource.idFormat](id);
}
