/** What people see and change of themselves. */

import { z } from "zod";
import { authenticated, self } from "sekisho/authorization";
import { defineEndpoint, type Endpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import { Problem } from "sekisho/kernel";
import type { Records } from "sekisho/store";
import { since } from "./services.ts";
import { DisplayName, Id, Time, timeText } from "./shapes.ts";

const Profile = z.strictObject({
  id: Id,
  username: z.string().max(32),
  display_name: z.string().max(100),
  email: z.string().max(254),
  created_at: Time,
});

const common = { team: "accounts", lifecycle: production({ since }) } as const;

/** Shows the first letter and the domain. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return at < 1 ? "***" : `${email.slice(0, 1)}***${email.slice(at)}`;
}

async function profileOf(records: Records, id: string): Promise<z.input<typeof Profile>> {
  const row = await records
    .selectFrom("shop_user as u")
    .innerJoin("sekisho_account as a", "a.subject", "u.id")
    .select(["u.id", "a.sign_in_name", "u.display_name", "u.email", "u.created_at"])
    .where("u.id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw new Problem("not-found", {}, { reason: "user-not-visible" });
  return {
    id: row.id,
    username: row.sign_in_name,
    display_name: row.display_name,
    email: maskEmail(row.email),
    created_at: timeText(row.created_at),
  };
}

/** The endpoints of this area. */
export function userEndpoints(): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      method: "GET",
      path: "/api/users/me",
      summary: "The caller's own profile",
      access: authenticated(),
      output: { 200: Profile },
      handle: async ({ principal, records, reply }) =>
        reply(200, await profileOf(records, principal.subject)),
    }),
    defineEndpoint({
      ...common,
      method: "GET",
      path: "/api/users/:user_id",
      summary: "The profile of the person that the path names, for that person",
      access: self("user_id"),
      output: { 200: Profile },
      handle: async ({ principal, records, reply }) =>
        reply(200, await profileOf(records, principal.subject)),
    }),
    defineEndpoint({
      ...common,
      method: "PATCH",
      path: "/api/users/me",
      summary: "Changes the display name",
      access: authenticated(),
      audit: "user_updated",
      body: z.strictObject({ display_name: DisplayName }),
      output: { 200: Profile },
      handle: async ({ body, principal, records, reply }) => {
        await records
          .updateTable("shop_user")
          .set({ display_name: body.display_name })
          .where("id", "=", principal.subject)
          .execute();
        return reply(200, await profileOf(records, principal.subject));
      },
    }),
  ];
}
