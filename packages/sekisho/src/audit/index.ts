export * from "./clean-text.ts";
export * from "./decision-line.ts";
export * from "./list.ts";
export * from "./migrations.ts";
export * from "./queue.ts";
export * from "./record.ts";
