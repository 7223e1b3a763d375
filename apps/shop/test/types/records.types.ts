/**
 * What `records` must and must not let compile once the application has named its tables. The file
 * is only type-checked.
 *
 * @module
 */

import "@sekisho/shop";
import type { Records } from "sekisho/store";

/** Never called. */
export async function reads(records: Records): Promise<void> {
  await records.selectFrom("shop_order").select(["id", "status"]).execute();
  // @ts-expect-error -- a table that the application did not register
  await records.selectFrom("shop_secret").selectAll().execute();
  // @ts-expect-error -- a column that the table does not have
  await records.selectFrom("shop_order").select(["password_hash"]).execute();
}
