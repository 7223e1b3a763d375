/**
 * `npm run goldens`: writes what the shop says of itself, so that a change of it is seen in review.
 *
 * `apps/shop/openapi.json` is the OpenAPI document, `apps/shop/access-matrix.txt` who may do what. The
 * tests of the shop compare both with what runs.
 *
 * @module
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readSettings, startShop } from "@sekisho/shop";

const shopFolder = resolve(import.meta.dirname, "../apps/shop");

const folder = await mkdtemp(join(tmpdir(), "sekisho-goldens-"));
try {
  const environment = { PORT: "0", OPS_PORT: "0", DATABASE_URL: "memory:", SHOP_LOG: "silent" };
  const { values } = readSettings({ ...environment, SHOP_DATA: folder });
  const shop = await startShop(values, false);
  try {
    const document = `${JSON.stringify(shop.api.openApi(), null, 2)}\n`;
    await writeFile(join(shopFolder, "openapi.json"), document);
    await writeFile(
      join(shopFolder, "access-matrix.txt"),
      shop.api.accessMatrix(["user", "admin"]),
    );
  } finally {
    await shop.close();
  }
} finally {
  await rm(folder, { recursive: true });
}
