/** The tables of the shop: who may see a row is said once, on its resource. */

import type { ColumnType } from "kysely";
import {
  column,
  defineResource,
  everyone,
  or,
  principalRole,
  shapeOf,
  toPolicies,
  type PolicyOptions,
} from "sekisho/authorization";
import { auditMigrations } from "sekisho/audit";
import { authenticationMigrations } from "sekisho/authentication";
import { defineFlow, flowEventsTableSql, flowGuardSql, flowMigrations } from "sekisho/flow";
import type { Migration } from "sekisho/kernel";
import { webhookMigrations } from "sekisho/webhook";

/** A person as the shop knows them; name, password, roles and status are the library's. */
export interface UserTable {
  id: string;
  display_name: string;
  email: string;
  salary: number | null;
  created_at: ColumnType<Date, Date, never>;
}

/** What can be bought; prices in minor units. */
export interface ProductTable {
  id: string;
  name: string;
  description: string;
  price: number;
  currency: string;
  stock: number;
  words: ColumnType<string, never, never>;
}

/** One order; it belongs to `user_id`. */
export interface OrderTable {
  id: string;
  user_id: string;
  status: OrderStatus;
  total: number;
  currency: string;
  created_at: ColumnType<Date, Date, never>;
}

/** One line of an order, with the price it was ordered at. */
export interface OrderItemTable {
  order_id: string;
  user_id: string;
  position: number;
  product_id: string;
  quantity: number;
  unit_price: number;
}

/** What happened to an order, in order. */
export interface OrderEventTable {
  order_id: string;
  version: number;
  type: string;
  state: string;
  actor_id: string | null;
  at: Date;
  data: Readonly<Record<string, unknown>>;
}

/** Columns of the library's account table that requests may read. */
export interface AccountTable {
  subject: string;
  sign_in_name: string;
  roles: string[];
  status: "active" | "disabled";
}

/** The shop's tables, as `records` knows them. */
export interface ShopDatabase {
  shop_user: UserTable;
  shop_product: ProductTable;
  shop_order: OrderTable;
  shop_order_item: OrderItemTable;
  shop_order_event: OrderEventTable;
  sekisho_account: AccountTable;
}

declare module "sekisho/store" {
  interface Register {
    database: ShopDatabase;
  }
}

/** The states of an order. */
export const OrderFlow = defineFlow({
  name: "order",
  table: "shop_order",
  stateColumn: "status",
  states: ["draft", "validated", "executed", "cancelled", "paid", "payment_failed"],
  initial: "draft",
  final: ["cancelled", "paid", "payment_failed"],
  steps: {
    validate: { from: ["draft"], to: "validated", event: "validated" },
    execute: { from: ["validated"], to: "executed", event: "executed" },
    cancel: { from: ["draft", "validated"], to: "cancelled", event: "cancelled" },
    pay: { from: ["executed"], to: "paid", event: "paid" },
    fail: { from: ["executed"], to: "payment_failed", event: "payment_failed" },
  },
  events: { table: "shop_order_event", streamColumn: "order_id" },
});

/** State of an order. */
export type OrderStatus = (typeof OrderFlow)["states"][number];

/** A row of `shop_order`. */
export interface OrderRow {
  readonly id: string;
  readonly user_id: string;
  readonly status: OrderStatus;
  readonly total: number;
  readonly currency: string;
  readonly created_at: Date;
}

/** An order: its owner is the one who made it, and nobody else sees it. */
export const Order = defineResource("order", {
  table: "shop_order",
  owner: column("user_id"),
  row: shapeOf<OrderRow>(),
});

const owned = column("user_id");

/** Row-level policies, from the same predicates; compared with the database in the tests. */
export const policies: readonly PolicyOptions[] = [
  {
    table: "shop_user",
    read: or(column("id"), principalRole("admin")),
    write: column("id"),
    operations: ["select", "update"],
    columns: { update: ["display_name"] },
  },
  {
    table: "shop_product",
    read: everyone(),
    operations: ["select", "update"],
    columns: { update: ["stock"] },
  },
  {
    table: "shop_order",
    read: owned,
    operations: ["select", "insert", "update"],
    columns: { update: ["status"] },
  },
  { table: "shop_order_item", read: owned, operations: ["select", "insert"] },
];

/** Tables without a policy, and why. */
export const exemptions: Readonly<Record<string, string>> = {
  sekisho_migration: "names of schema steps; no request reaches it",
};

const tables = `
CREATE TABLE shop_user (
  id uuid PRIMARY KEY REFERENCES sekisho_account (subject),
  display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
  email text NOT NULL CHECK (length(email) <= 254),
  salary integer CHECK (salary >= 0),
  created_at timestamptz NOT NULL
);
CREATE TABLE shop_product (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL CHECK (length(description) <= 2000),
  price integer NOT NULL CHECK (price >= 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  stock integer NOT NULL CHECK (stock >= 0),
  words tsvector GENERATED ALWAYS AS (
    to_tsvector('simple', name || ' ' || description)
  ) STORED
);
CREATE INDEX shop_product_words ON shop_product USING gin (words);
CREATE TABLE shop_order (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES shop_user (id),
  status text NOT NULL,
  total integer NOT NULL CHECK (total >= 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz NOT NULL,
  UNIQUE (id, user_id)
);
CREATE INDEX shop_order_of_user ON shop_order (user_id, id DESC);
CREATE TABLE shop_order_item (
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  position integer NOT NULL CHECK (position >= 0),
  product_id uuid NOT NULL REFERENCES shop_product (id),
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 100),
  unit_price integer NOT NULL CHECK (unit_price >= 0),
  PRIMARY KEY (order_id, position),
  FOREIGN KEY (order_id, user_id) REFERENCES shop_order (id, user_id)
);
`;

/** Every step of the schema, the library's first. */
export const migrations: readonly Migration[] = [
  ...auditMigrations,
  ...authenticationMigrations,
  ...flowMigrations,
  ...webhookMigrations,
  { id: "shop-0001-tables", sql: tables },
  { id: "shop-0002-policies", sql: policies.map(toPolicies).join("\n") },
  { id: "shop-0003-order-events", sql: flowEventsTableSql(OrderFlow) },
  { id: "shop-0004-order-guard", sql: flowGuardSql(OrderFlow) },
];
