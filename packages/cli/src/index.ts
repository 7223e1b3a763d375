export { runCommand } from "./run-command.ts";
export type { Engine } from "./attack/engine.ts";
export type { Output, Surroundings } from "./surroundings.ts";
