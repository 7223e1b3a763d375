/** `npm start`: the shop in this process. */

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 7)) {
  console.error(`The shop needs Node.js 24.7 or later; this is ${process.versions.node}.`);
  process.exit(1);
}

async function run(): Promise<void> {
  const { readSettings } = await import("./settings.ts");
  const { startShop } = await import("./shop.ts");
  const { readDemoAccounts } = await import("./seed.ts");
  const { welcome, writeDemoShell } = await import("./welcome.ts");
  const { writeAttackPrincipals } = await import("./attack-principals.ts");
  const { values, production } = readSettings(process.env);
  const shop = await startShop(values, production);
  if (production) console.log(`The shop listens on ${shop.origin}.`);
  else {
    const { demoAccounts, demoAccountsFile } = shop;
    const accounts = demoAccounts.length > 0 ? demoAccounts : readDemoAccounts(demoAccountsFile);
    const shell = writeDemoShell(values.SHOP_DATA, shop.origin, accounts);
    console.log(welcome(shop, shell, writeAttackPrincipals(values.SHOP_DATA, accounts)));
  }

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
