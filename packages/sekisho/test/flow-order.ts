import { column, toPolicies } from "sekisho/authorization";
import { defineFlow, flowEventsTableSql, flowGuardSql, flowMigrations } from "sekisho/flow";
import type { Migration, SqlSession } from "sekisho/kernel";
import type { Store } from "sekisho/store";
import { principalOf } from "./authorization-principal.ts";

/** The flow of the flow tests. */
export const OrderFlow = defineFlow({
  name: "order",
  table: "orders",
  stateColumn: "status",
  states: ["draft", "validated", "executed", "cancelled"],
  initial: "draft",
  final: ["executed", "cancelled"],
  steps: {
    validate: { from: ["draft"], to: "validated" },
    execute: { from: ["validated"], to: "executed", event: "order_executed" },
    cancel: { from: ["draft", "validated"], to: "cancelled" },
    reprice: { from: ["validated"], to: "validated" },
  },
  events: { table: "order_events", streamColumn: "order_id" },
});

/** Tables of the flow tests: `frozen` orders may be read by their owner but not changed. */
export const orderMigrations: readonly Migration[] = [
  ...flowMigrations,
  {
    id: "sample-0001-orders",
    sql: `
    CREATE TABLE orders (id uuid PRIMARY KEY, user_id uuid NOT NULL, status text NOT NULL, frozen_by uuid);
    ${toPolicies({
      table: "orders",
      read: column("user_id"),
      operations: ["select", "insert", "update"],
      columns: { update: ["status"] },
    })}
    CREATE POLICY orders_frozen ON orders AS RESTRICTIVE FOR UPDATE TO sekisho_app USING (frozen_by IS NULL);
    ${flowEventsTableSql(OrderFlow)}
    ${flowGuardSql(OrderFlow)}`,
  },
];

/** One request of a principal: committed when the work resolves, else rolled back. */
export async function request<T>(
  store: Store,
  subject: string,
  work: (session: SqlSession) => Promise<T>,
): Promise<T> {
  const transaction = store.begin(principalOf(subject));
  try {
    const result = await work(transaction);
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
