export * from "./cursor.ts";
export { accessMatrix, type MatrixEndpoint } from "./matrix.ts";
export type {
  AccessRule,
  AllOfRule,
  AnonymousRule,
  AnyAccessRule,
  AnyOfRule,
  AuthenticatedRule,
  EventOf,
  GrantsOf,
  NoGrants,
  OwnerRule,
  ParametersOf,
  PrincipalGrant,
  PrincipalKind,
  RoleRule,
  SelfRule,
  ShadowRule,
  StepUpOptions,
  StepUpRule,
  WebhookReference,
  WebhookRule,
} from "./access-rule.ts";
export { audiencesFor } from "./audiences.ts";
export * from "./condition.ts";
export {
  decideFunction,
  type FunctionAllow,
  type FunctionDecision,
  type FunctionDeny,
  type FunctionDenyReason,
  type FunctionRequest,
  type NeededObject,
  type ShadowDisagreement,
  type ShadowTrial,
} from "./decide.ts";
export { describeAccess, rolesOf } from "./describe-access.ts";
export { loadFacts, membershipKey, noFacts, type Facts } from "./facts.ts";
export * from "./load-object.ts";
export { matches } from "./matches.ts";
export { policyFaults, toPolicies, type Operation, type PolicyOptions } from "./policies.ts";
export * from "./predicate.ts";
export {
  defineResource,
  isIdOf,
  shapeOf,
  type IdFormat,
  type LoaderOptions,
  type Resource,
  type Shape,
  type TableOptions,
} from "./resource.ts";
export * from "./rules.ts";
