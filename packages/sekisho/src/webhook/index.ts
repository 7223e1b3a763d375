export * from "./define-webhook.ts";
export * from "./generic-schemes.ts";
export * from "./inbox.ts";
export * from "./migrations.ts";
export * from "./scheme.ts";
export * from "./standard-webhooks.ts";
export * from "./vendor-schemes.ts";
export * from "./verify.ts";
