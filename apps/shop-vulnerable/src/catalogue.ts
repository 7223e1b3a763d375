/** The products in an SQL database in memory, and the search that builds its statement from text. */

import { randomUUID } from "node:crypto";
import { constants, DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { FastifyInstance } from "fastify";
import { queryOf } from "./input.ts";
import { route } from "./route.ts";

/** A whole row. */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly currency: string;
  readonly stock: number;
  readonly supplier_cost: number;
  readonly supplier: string;
}

/** The products. */
export interface Catalogue {
  /** Runs a statement as it is. */
  select(statement: string, ...values: readonly SQLInputValue[]): readonly object[];
  find(id: unknown): Product | undefined;
  takeFromStock(id: string, quantity: number): void;
  describe(id: string, change: Readonly<Record<string, unknown>>): void;
}

const names = ["Coffee beans", "Green tea", "Tea kettle", "Cup", "Tray", "Honey"];

/** A catalogue of 120 products. */
export function createCatalogue(): Catalogue {
  const database = new DatabaseSync(":memory:");
  database.exec(
    `CREATE TABLE product (id TEXT, name TEXT, description TEXT, price INTEGER, currency TEXT,
     stock INTEGER, supplier_cost INTEGER, supplier TEXT)`,
  );
  const insert = database.prepare("INSERT INTO product VALUES (?, ?, ?, ?, 'EUR', 1000000, ?, ?)");
  for (let number = 1; number <= 120; number++) {
    const name = `${names[number % names.length]} no. ${number}`;
    const price = 400 + number * 10;
    const cost = Math.round(price * 0.6);
    insert.run(randomUUID(), name, `${name}, as every year`, price, cost, "Yamada Trading");
  }
  keepBounded(database);
  const found = database.prepare("SELECT * FROM product WHERE id = ?");
  const taken = database.prepare("UPDATE product SET stock = stock - ? WHERE id = ?");
  const described = database.prepare("UPDATE product SET name = ?, price = ? WHERE id = ?");
  return {
    select: (statement, ...values) => database.prepare(statement).all(...values),
    find: (id) => found.get(String(id)) as unknown as Product | undefined,
    takeFromStock: (id, quantity) => void taken.run(quantity, id),
    describe: (id, { title, price }) => void described.run(String(title), Number(price), id),
  };
}

/** An injected statement reads what it likes, but neither fills the memory nor runs for ever. */
function keepBounded(database: DatabaseSync): void {
  database.exec("PRAGMA hard_heap_limit = 268435456");
  database.setAuthorizer((action) =>
    action === constants.SQLITE_RECURSIVE || action === constants.SQLITE_ATTACH
      ? constants.SQLITE_DENY
      : constants.SQLITE_OK,
  );
}

/** The endpoints of this area. */
export function addSearch(app: FastifyInstance, { catalogue }: { readonly catalogue: Catalogue }) {
  // hole V-API4-01: no call is counted, here or anywhere
  route(app, "GET /api/search", async (request) => {
    const query = queryOf(request);
    const limit = Number(query["limit"] ?? 20) || 20; // hole V-API4-02: 50 is only documented
    const offset = Number(query["cursor"] ?? 0) || 0;
    // hole V-API8-04: text of the client becomes part of the statement
    const where = `name || ' ' || description LIKE '%${query["q"] ?? ""}%'`;
    // hole V-API3-07: stock and cost are for the buyers of the shop, not for its customers
    const columns = "id, name, description, price, currency, stock, supplier_cost";
    const page = `ORDER BY price LIMIT ${limit} OFFSET ${offset}`;
    const items = catalogue.select(`SELECT ${columns} FROM product WHERE ${where} ${page}`);
    return { items, next_cursor: items.length === limit ? String(offset + limit) : null };
  });
}
