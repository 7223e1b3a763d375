export { allowedSteps, decideStep, type StepDecision } from "./decide.ts";
export * from "./define-flow.ts";
export { flowEventsTableSql, flowGuardSql, type FlowEventsOptions } from "./flow-sql.ts";
export * from "./idempotency.ts";
export { flowMigrations } from "./migrations.ts";
export * from "./quota.ts";
export { deleteExpired } from "./sweep.ts";
export * from "./take-step.ts";
