export { startShop, type Shop, type ShopParts } from "./shop.ts";
export { readSettings, type Settings } from "./settings.ts";
export { about, createEndpoints } from "./endpoints.ts";
export { exemptions, migrations, OrderFlow, policies } from "./schema.ts";
