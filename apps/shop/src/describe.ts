/**
 * The shop as its declarations say it is, for `sekisho routes --module apps/shop/src/describe.ts`: put
 * together in memory, asked, and taken apart again.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Api } from "sekisho/http";
import { readSettings } from "./settings.ts";
import { startShop } from "./shop.ts";

/** What `sekisho routes` reads. */
export interface DescribedShop {
  readonly api: Api;
  /** The ways out, which may have escape hatches of their own. */
  readonly egress: readonly { readonly unsafe: readonly string[] }[];
  close(): Promise<void>;
}

/** Starts a shop of development on free ports, with nothing in it that outlives it. */
export async function describe(): Promise<DescribedShop> {
  const folder = await mkdtemp(join(tmpdir(), "sekisho-describe-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const environment = { PORT: "0", OPS_PORT: "0", DATABASE_URL: "memory:", SHOP_LOG: "silent" };
    const { values } = readSettings({ ...environment, SHOP_DATA: folder });
    const shop = await startShop(values, false);
    return {
      api: shop.api,
      egress: [shop.services.partner.declaration.egress],
      close: async () => {
        await shop.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
