/** `npm start`: the shop in this process. */

import type { Shop } from "./shop.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 7)) {
  console.error(`The shop needs Node.js 24.7 or later; this is ${process.versions.node}.`);
  process.exit(1);
}

function welcome(shop: Shop): string {
  const { origin } = shop;
  const accounts =
    shop.demoAccounts.length === 0
      ? [`Demo accounts are in ${shop.demoAccountsFile}, as made at the first start.`]
      : [
          `Demo accounts (also in ${shop.demoAccountsFile}):`,
          ...shop.demoAccounts.map(
            ({ username, password, roles }) => `  ${username}  ${password}  (${roles.join(", ")})`,
          ),
        ];
  const file = shop.demoAccountsFile;
  const json = `-H 'content-type: application/json'`;
  const field = (name: string, key: string): string =>
    `"$(node -p 'JSON.parse(require("fs").readFileSync("${file}")).find((a) => a.username === "${name}").${key}')"`;
  return [
    "",
    `Sekisho shop       ${origin}`,
    `Documentation      ${origin}/docs`,
    `Operations         ${shop.operationsOrigin}/metrics`,
    "",
    ...accounts,
    "",
    "Five things to try (in another terminal, in this folder):",
    "",
    "1. Sign in",
    `   PASSWORD=${field("alice", "password")}`,
    `   TOKEN=$(curl -s ${origin}/api/auth/token ${json} -d "{\\"username\\":\\"alice\\",\\"password\\":\\"$PASSWORD\\"}" | node -p 'JSON.parse(require("fs").readFileSync(0)).access_token')`,
    "2. Read your own profile",
    `   curl -s ${origin}/api/users/me -H "authorization: Bearer $TOKEN"`,
    "3. Read somebody else's: refused, 403",
    `   curl -s ${origin}/api/users/${field("bob", "id")} -H "authorization: Bearer $TOKEN"`,
    "4. Order, validate, and execute twice: the second time is refused, 409",
    `   PRODUCT=$(curl -s '${origin}/api/search?q=tea' | node -p 'JSON.parse(require("fs").readFileSync(0)).items[0].id')`,
    `   ORDER=$(curl -s ${origin}/api/orders -H "authorization: Bearer $TOKEN" ${json} -d "{\\"items\\":[{\\"product_id\\":\\"$PRODUCT\\",\\"quantity\\":1}]}" | node -p 'JSON.parse(require("fs").readFileSync(0)).id')`,
    `   for STEP in validate execute execute; do curl -s -X POST ${origin}/api/orders/$ORDER/$STEP -H "authorization: Bearer $TOKEN"; echo; done`,
    "5. Let the service fetch an address of the cloud: refused, 422",
    `   curl -s ${origin}/api/fetch-metadata -H "authorization: Bearer $TOKEN" ${json} -d '{"url":"http://169.254.169.254/"}'`,
    "",
  ].join("\n");
}

async function run(): Promise<void> {
  const { readSettings } = await import("./settings.ts");
  const { startShop } = await import("./shop.ts");
  const { values, production } = readSettings(process.env);
  const shop = await startShop(values, production);
  console.log(production ? `The shop listens on ${shop.origin}.` : welcome(shop));

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    shop.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
