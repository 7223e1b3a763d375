/**
 * Whether the books are right: what the database holds, against what the clients know.
 *
 * @module
 */

import { createStore, type Store } from "sekisho/store";
import type { SqlSession } from "sekisho/kernel";
import type { Ledger, OrderRecord } from "./shoppers.ts";

/** How often the clients used each step, and what the books are made of. */
export interface Books {
  readonly faults: readonly string[];
  readonly orders: number;
  readonly executed: number;
}

/** Units of all products together. */
export type Stock = number;

async function withStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await createStore({ url, migrations: [] });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The stock of the shop in the database. */
export async function stockIn(url: string): Promise<Stock> {
  return withStore(url, (store) =>
    store.asSystem("drill: stock", async (session) => {
      const { rows } = await session.query<{ stock: string }>(
        "SELECT sum(stock)::bigint AS stock FROM shop_product",
      );
      return Number(rows[0]?.stock ?? 0);
    }),
  );
}

/** Sentences about what must not be there; each query finds the ids of what is. */
const forbidden: Readonly<Record<string, string>> = {
  "has another status than its last event": `
    SELECT o.id FROM shop_order o
    LEFT JOIN LATERAL (SELECT state FROM shop_order_event e WHERE e.order_id = o.id
                       ORDER BY version DESC LIMIT 1) last ON true
    WHERE last.state IS DISTINCT FROM o.status`,
  "has gaps in its events": `
    SELECT order_id AS id FROM shop_order_event GROUP BY order_id
    HAVING max(version) - min(version) + 1 <> count(*)`,
  "took a step twice": `
    SELECT order_id AS id FROM shop_order_event GROUP BY order_id, type HAVING count(*) > 1`,
  "skipped a step": `
    SELECT o.id FROM shop_order o
    WHERE o.status IN ('executed', 'paid', 'payment_failed')
      AND (SELECT count(DISTINCT type) FROM shop_order_event e
           WHERE e.order_id = o.id AND e.type IN ('validated', 'executed')) <> 2`,
  "has no line": `
    SELECT o.id FROM shop_order o
    WHERE NOT EXISTS (SELECT FROM shop_order_item i WHERE i.order_id = o.id)`,
  "was executed without a line in the audit trail, or with two": `
    SELECT o.id FROM shop_order o
    WHERE o.status IN ('executed', 'paid', 'payment_failed')
      AND (SELECT count(*) FROM sekisho_security_event s
           WHERE s.name = 'x_order_executed' AND s.object = 'order:' || o.id) <> 1`,
};

async function ruleFaults(session: SqlSession): Promise<string[]> {
  const faults: string[] = [];
  for (const [sentence, query] of Object.entries(forbidden)) {
    const { rows } = await session.query<{ id: string }>(query);
    if (rows.length > 0) faults.push(`${rows.length} orders: ${rows[0]?.id} ${sentence}`);
  }
  return faults;
}

async function stockFaults(session: SqlSession, before: Stock): Promise<string[]> {
  const { rows } = await session.query<{ stock: string; taken: string }>(
    `SELECT (SELECT sum(stock) FROM shop_product)::bigint AS stock,
       (SELECT coalesce(sum(i.quantity), 0) FROM shop_order_item i
        JOIN shop_order o ON o.id = i.order_id
        WHERE o.status IN ('executed', 'paid', 'payment_failed'))::bigint AS taken`,
  );
  const { stock = "", taken = "" } = rows[0] ?? {};
  return before - Number(stock) === Number(taken)
    ? []
    : [`${before - Number(stock)} units left the stock, ${taken} were sold`];
}

interface StandingRow {
  readonly id: string;
  readonly user_id: string;
  readonly status: string;
  readonly types: readonly string[];
}

const endOf = { "payment.succeeded": "paid", "payment.failed": "payment_failed" } as const;

function recordFaults(record: OrderRecord, row: StandingRow | undefined): string[] {
  const { acknowledged, id, message, owner } = record;
  if (!acknowledged.has("created")) return [];
  if (row === undefined) return [`order ${id} was acknowledged and is not there`];
  const faults = row.user_id === owner ? [] : [`order ${id} belongs to somebody else`];
  for (const step of ["validated", "executed"] as const)
    if (acknowledged.has(step) && !row.types.includes(step))
      faults.push(`order ${id} was acknowledged as ${step} and is not`);
  const end = message === undefined ? undefined : endOf[message.type];
  if (acknowledged.has("paid") && row.status !== end)
    faults.push(`order ${id} is ${row.status}, its message says ${end}`);
  return faults;
}

async function ledgerFaults(session: SqlSession, ledger: Ledger): Promise<string[]> {
  const { rows } = await session.query<StandingRow>(
    `SELECT o.id, o.user_id, o.status,
       ARRAY(SELECT type FROM shop_order_event e WHERE e.order_id = o.id) AS types
     FROM shop_order o`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const faults = ledger.orders.flatMap((one) => recordFaults(one, byId.get(one.id ?? "")));
  // Each intent had a key of its own: there is one order for it, however often it was sent.
  const owners = new Set(ledger.orders.map(({ owner }) => owner));
  const there = rows.filter((row) => owners.has(row.user_id)).length;
  if (there > ledger.orders.length)
    faults.push(`${ledger.orders.length} orders were meant, ${there} are there`);
  const inbox = await session.query<{ id: string }>("SELECT id FROM sekisho_webhook_inbox");
  const known = new Set(inbox.rows.map(({ id }) => id));
  for (const { acknowledged, message } of ledger.orders)
    if (acknowledged.has("paid") && !known.has(message?.id ?? ""))
      faults.push(`message ${message?.id} was acknowledged and is not in the inbox`);
  return faults;
}

/** Compares the books with what the clients know. */
export async function examine(url: string, ledger: Ledger, before: Stock): Promise<Books> {
  return withStore(url, (store) =>
    store.asSystem("drill: are the books right", async (session) => {
      const { rows } = await session.query<{ orders: string; executed: string }>(
        `SELECT count(*) AS orders,
           count(*) FILTER (WHERE status IN ('executed', 'paid', 'payment_failed')) AS executed
         FROM shop_order`,
      );
      const faults = [
        ...ledger.faults,
        ...(await ruleFaults(session)),
        ...(await stockFaults(session, before)),
        ...(await ledgerFaults(session, ledger)),
      ];
      return {
        faults,
        orders: Number(rows[0]?.orders ?? 0),
        executed: Number(rows[0]?.executed ?? 0),
      };
    }),
  );
}
