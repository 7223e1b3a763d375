/** What administrators see and change: people, the inventory, the security events. */

import { z } from "zod";
import { role } from "sekisho/authorization";
import { listEvents } from "sekisho/audit";
import { readableBy } from "sekisho/contract";
import { defineEndpoint, type Endpoint } from "sekisho/http";
import { production, type InventoryEntry } from "sekisho/inventory";
import { isId, Problem, type SqlSession } from "sekisho/kernel";
import type { Records } from "sekisho/store";
import { createPerson } from "./accounts.ts";
import { openList, Page, pageOf } from "./paging.ts";
import { since, type Services } from "./services.ts";
import {
  DisplayName,
  Email,
  Id,
  Money,
  Password,
  refuseField,
  Roles,
  Time,
  timeText,
  Username,
} from "./shapes.ts";

const AdminUser = z.strictObject({
  id: Id,
  username: z.string().max(32),
  display_name: z.string().max(100),
  email: readableBy(z.string().max(254), "admin"),
  roles: readableBy(Roles, "admin"),
  status: readableBy(z.enum(["active", "disabled"]), "admin"),
  salary: readableBy(Money.nullable(), "admin"),
  created_at: Time,
});

const common = {
  team: "accounts",
  lifecycle: production({ since }),
  access: role("admin"),
} as const;
const manages = "administrators manage accounts, which requests cannot write";

type View = z.input<typeof AdminUser>;

interface PersonRow {
  readonly id: string;
  readonly sign_in_name: string;
  readonly display_name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly status: "active" | "disabled";
  readonly salary: number | null;
  readonly created_at: Date;
}

function viewOf(row: PersonRow): View {
  return {
    id: row.id,
    username: row.sign_in_name,
    display_name: row.display_name,
    email: row.email,
    roles: row.roles.filter((name) => name === "user" || name === "admin"),
    status: row.status,
    salary: row.salary,
    created_at: timeText(row.created_at),
  };
}

function people(records: Records) {
  return records
    .selectFrom("shop_user as u")
    .innerJoin("sekisho_account as a", "a.subject", "u.id")
    .select([
      "u.id",
      "a.sign_in_name",
      "u.display_name",
      "u.email",
      "a.roles",
      "a.status",
      "u.salary",
      "u.created_at",
    ]);
}

async function personOf(records: Records, id: string): Promise<View> {
  const row = isId(id)
    ? await people(records).where("u.id", "=", id).executeTakeFirst()
    : undefined;
  if (row === undefined) throw new Problem("not-found", {}, { reason: "no-such-user" });
  return viewOf(row);
}

function reading({ cursors }: Services): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      method: "GET",
      path: "/api/admin/users",
      summary: "Lists people",
      query: Page,
      output: { 200: pageOf(AdminUser) },
      handle: async ({ query, principal, records, reply }) => {
        const list = openList(cursors, ["admin-users", principal.subject], query);
        let rows = people(records).orderBy("u.id").limit(list.rows);
        if (list.after !== undefined) rows = rows.where("u.id", ">", list.after);
        const { page, next_cursor } = list.cut(await rows.execute());
        return reply(200, { items: page.map(viewOf), next_cursor });
      },
    }),
    defineEndpoint({
      ...common,
      method: "GET",
      path: "/api/admin/users/:user_id",
      summary: "One person",
      output: { 200: AdminUser },
      handle: async ({ parameters, records, reply }) =>
        reply(200, await personOf(records, parameters.user_id)),
    }),
  ];
}

async function changeSalary(session: SqlSession, id: string, salary: number | null): Promise<void> {
  await session.query("UPDATE shop_user SET salary = $2 WHERE id = $1", [id, salary]);
}

function writing(services: Services): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      method: "POST",
      path: "/api/admin/users",
      summary: "Opens an account for somebody",
      asSystem: manages,
      audit: "authz_admin",
      problems: ["name-taken", "password-refused"],
      body: z.strictObject({
        username: Username,
        password: Password,
        display_name: DisplayName,
        email: Email,
        roles: Roles.optional(),
      }),
      output: { 201: AdminUser },
      handle: async ({ body, principal, transaction, records, reply }) => {
        const person = await createPerson(services, transaction, {
          ...body,
          roles: body.roles ?? ["user"],
          actor: principal.subject,
        });
        const location = `/api/admin/users/${person.id}`;
        return reply(201, await personOf(records, person.id), { location });
      },
    }),
    defineEndpoint({
      ...common,
      method: "PATCH",
      path: "/api/admin/users/:user_id",
      summary: "Changes roles, status or salary; a change of rights ends every token of the person",
      asSystem: manages,
      audit: "authz_admin",
      body: z.strictObject({
        roles: Roles.optional(),
        status: z.enum(["active", "disabled"]).optional(),
        salary: Money.nullable().optional(),
      }),
      output: { 200: AdminUser },
      handle: async ({ body, parameters, principal, transaction, records, reply }) => {
        const id = parameters.user_id;
        await personOf(records, id);
        if (body.salary !== undefined) await changeSalary(transaction, id, body.salary);
        if (body.roles !== undefined || body.status !== undefined) {
          const changed = await services.authentication.setRolesAndStatus(transaction, id, {
            ...(body.roles === undefined ? {} : { roles: body.roles }),
            ...(body.status === undefined ? {} : { status: body.status }),
            actor: principal.subject,
          });
          if (changed.effect === "deny")
            throw refuseField("#/roles", "cannot be given", changed.reason);
        }
        return reply(200, await personOf(records, id));
      },
    }),
  ];
}

const InventoryView = z.strictObject({
  method: z.string().max(8),
  path: z.string().max(200),
  team: z.string().max(64),
  lifecycle: z.string().max(32),
  access: z.string().max(400),
  quota: z.string().max(200),
});

const EventView = z.strictObject({
  id: z.string().max(32),
  at: Time,
  name: z.string().max(64),
  level: z.enum(["info", "warn", "critical"]),
  subject: z.string().max(256).nullable(),
  object: z.string().max(256).nullable(),
  reason: z.string().max(256).nullable(),
  request_id: z.string().max(64),
});

function oversight(
  { clock, cursors }: Services,
  inventory: (now: number) => readonly InventoryEntry[],
): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      team: "platform",
      method: "GET",
      path: "/api/admin/inventory",
      summary: "Every endpoint with its owner and its defences",
      output: {
        200: z.strictObject({ items: z.array(InventoryView).max(500), next_cursor: z.null() }),
      },
      handle: ({ reply }) => reply(200, { items: [...inventory(clock.now())], next_cursor: null }),
    }),
    defineEndpoint({
      ...common,
      team: "platform",
      method: "GET",
      path: "/api/admin/events",
      summary: "Security events, newest first",
      query: Page,
      output: { 200: pageOf(EventView) },
      handle: async ({ query, principal, transaction, reply }) => {
        const list = openList(cursors, ["admin-events", principal.subject], query);
        const page = await listEvents(transaction, {
          limit: query.limit,
          ...(list.after === undefined ? {} : { before: list.after }),
        });
        return reply(200, {
          items: page.events.map((event) => ({
            id: event.id,
            at: timeText(event.at),
            name: event.name,
            level: event.level,
            subject: event.subject ?? null,
            object: event.object ?? null,
            reason: event.reason ?? null,
            request_id: event.requestId,
          })),
          next_cursor: list.cursorBehind(page.next),
        });
      },
    }),
  ];
}

/** The endpoints of this area. */
export function adminEndpoints(
  services: Services,
  inventory: (now: number) => readonly InventoryEntry[],
): readonly Endpoint[] {
  return [...reading(services), ...writing(services), ...oversight(services, inventory)];
}
