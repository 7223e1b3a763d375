export * from "./endpoint-description.ts";
export * from "./inventory.ts";
export * from "./lifecycle.ts";
export * from "./open-api.ts";
export * from "./compare-open-api.ts";
