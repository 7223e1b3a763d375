export { ApiFaults } from "./faults.ts";
export { createApi, type Api, type ApiPlugin } from "./create-api.ts";
export type { ApiOptions } from "./assemble.ts";
export * from "./define-endpoint.ts";
export type { TlsMaterial } from "./raw-server.ts";
export { decideIngress, type IngressReason } from "./ingress.ts";
export * from "./standard-endpoints.ts";
export { createOperations, type Operations, type OperationsOptions } from "./operations.ts";
export { describeApi, type ApiDescriptionOptions } from "./describe-api.ts";
