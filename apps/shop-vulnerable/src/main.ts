/** `npm start --workspace @sekisho/shop-vulnerable`: the vulnerable shop in this process. */

import { readSettings } from "./settings.ts";
import { startVulnerableShop } from "./shop.ts";

async function run(): Promise<void> {
  const shop = await startVulnerableShop(readSettings(process.env));
  const { origin, accounts } = shop;
  console.log(`
THIS SHOP IS VULNERABLE, ON PURPOSE. It is a target for attacks on this machine, nothing else.
Stop it when you are done; do not let anybody else reach it.

  ${origin}               what it is
  ${origin}/openapi.json  what it documents
  apps/shop-vulnerable/HOLES.md       what is wrong with it

Accounts:`);
  for (const { username, password, id, roles } of accounts)
    console.log(`  ${username.padEnd(6)} ${password}  ${id}  ${roles.join(", ")}`);

  const stop = (): void => {
    shop.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
