export { startVulnerableShop, type VulnerableShop } from "./shop.ts";
export { holes, type Hole, type Risk } from "./holes.ts";
export type { Account } from "./state.ts";
