export type { ShopParts } from "./ground.ts";
export { startShop, type Shop } from "./shop.ts";
export { productionRules, readSettings, settingsSchema, type Settings } from "./settings.ts";
export { thingsToTry, welcome, writeDemoShell, type ThingToTry } from "./welcome.ts";
export { writeAttackPrincipals } from "./attack-principals.ts";
export { about, createEndpoints } from "./endpoints.ts";
export { exemptions, migrations, OrderFlow, policies } from "./schema.ts";
