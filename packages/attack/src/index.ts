export { runAttack } from "./attack.ts";
export type { AttackOptions, Progress } from "./attack-options.ts";
export { techniques } from "./technique/catalogue.ts";
