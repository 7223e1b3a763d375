/** Lists by pages: what may be asked, what is answered, and where the next page begins. */

import { z } from "zod";
import type { Cursors } from "sekisho/authorization";
import { clampedInteger } from "sekisho/contract";
import { refuseField } from "./shapes.ts";

/** Query of a list: `limit` is clamped, `cursor` leads on. */
export const Page = z.strictObject({
  limit: clampedInteger({ minimum: 1, maximum: 50, fallback: 20 }),
  cursor: z.string().max(1_024).optional(),
});

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item).max(50),
    next_cursor: z.string().max(1_024).nullable(),
  });
}

/** A list that is read in the order of its ids, at the page that was asked for. */
export interface List {
  /** The id the page begins behind; `undefined` on the first page. */
  readonly after: string | undefined;
  /** How many rows to read: one more than the page holds tells whether there is another page. */
  readonly rows: number;
  /** The rows of the page, and the cursor of the next one. */
  cut<Row extends { readonly id: string }>(
    found: readonly Row[],
  ): { readonly page: readonly Row[]; readonly next_cursor: string | null };
  /** The cursor of a page behind this id. */
  cursorBehind(id: string | undefined): string | null;
}

/**
 * Opens a list where the cursor leads.
 *
 * @param scope everything the cursor is bound to: list, subject, query
 * @throws Problem `invalid-request` when the cursor is not one of this list.
 */
export function openList(
  cursors: Cursors,
  scope: readonly string[],
  { cursor, limit }: z.output<typeof Page>,
): List {
  const position = cursor === undefined ? [] : cursors.read(scope, cursor);
  if (position === undefined)
    throw refuseField("#/cursor", "is not a cursor of this list", "foreign-cursor");
  const cursorBehind = (id: string | undefined): string | null =>
    id === undefined ? null : cursors.write(scope, [id]);
  return {
    after: position[0],
    rows: limit + 1,
    cut: (found) => {
      const page = found.slice(0, limit);
      return {
        page,
        next_cursor: found.length > limit ? cursorBehind(page.at(-1)?.id) : null,
      };
    },
    cursorBehind,
  };
}
