/** Finding products: open to everybody, so bounded and counted. */

import { z } from "zod";
import { sql } from "kysely";
import { anonymous } from "sekisho/authorization";
import { cutString } from "sekisho/contract";
import { defineEndpoint, type Endpoint } from "sekisho/http";
import { deprecated, production, type Lifecycle } from "sekisho/inventory";
import type { Records } from "sekisho/store";
import { openList, Page, pageOf, type List } from "./paging.ts";
import { since, type Services } from "./services.ts";
import { Currency, Id, Money } from "./shapes.ts";

const Product = z.strictObject({
  id: Id,
  name: z.string().max(200),
  description: z.string().max(2_000),
  price: Money,
  currency: Currency,
});

const Query = Page.extend({ q: cutString({ maximum: 128, hardMaximum: 4_096 }).optional() });

/** The words of the text, each as a beginning; PostgreSQL's own parser never sees operators. */
function beginnings(text: string): string {
  const words = text.normalize("NFKC").match(/[\p{L}\p{N}]+/gu) ?? [];
  return words
    .slice(0, 16)
    .map((word) => `${word}:*`)
    .join(" & ");
}

interface Found {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly currency: string;
}

async function find(
  records: Records,
  words: string,
  { after, rows }: List,
): Promise<readonly Found[]> {
  let query = records
    .selectFrom("shop_product")
    .select(["id", "name", "description", "price", "currency"])
    .orderBy("id")
    .limit(rows);
  if (words !== "") query = query.where(sql<boolean>`words @@ to_tsquery('simple', ${words})`);
  if (after !== undefined) query = query.where("id", ">", after);
  return query.execute();
}

function searchAt({ cursors }: Services, path: string, lifecycle: Lifecycle): Endpoint {
  return defineEndpoint({
    method: "GET",
    path,
    summary: "Finds products",
    team: "catalogue",
    lifecycle,
    access: anonymous("the catalogue is public"),
    // The old path is no second allowance.
    quota: { limit: "30/minute;5/second", key: "client-address", sharedAs: "search" },
    query: Query,
    output: { 200: pageOf(Product) },
    handle: async ({ query, records, reply }) => {
      const text = query.q ?? "";
      const words = beginnings(text);
      // Words were asked for and none is left: nothing is found, not everything.
      if (words === "" && text.trim() !== "") return reply(200, { items: [], next_cursor: null });
      const list = openList(cursors, ["search", words], query);
      const { page, next_cursor } = list.cut(await find(records, words, list));
      return reply(200, { items: [...page], next_cursor });
    },
  });
}

/** The endpoints of this area; the old one announces its end. */
export function searchEndpoints(services: Services): readonly Endpoint[] {
  return [
    searchAt(services, "/api/search", production({ since })),
    searchAt(
      services,
      "/api/v0/search",
      deprecated({
        since: "2025-01-01",
        deprecatedAt: "2026-06-01",
        sunsetAt: "2027-06-30",
        successor: "/api/search",
      }),
    ),
  ];
}
