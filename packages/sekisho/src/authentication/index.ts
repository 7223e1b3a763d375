export { isCommonPassword } from "./common-passwords.ts";
export * from "./access-token.ts";
export * from "./claims.ts";
export * from "./jwk.ts";
export * from "./jws.ts";
export * from "./keys.ts";
export * from "./password-policy.ts";
export * from "./passwords.ts";
export * from "./token-verifier.ts";
export * from "./totp.ts";
export * from "./verified-token-cache.ts";
export type { JsonObject, JsonValue } from "./strict-json.ts";
export type { AccountStatus } from "./account-row.ts";
export type {
  AccountChange,
  AccountChangeDecision,
  Registration,
  RegistrationDecision,
} from "./accounts.ts";
export * from "./create-authentication.ts";
export type { RecordEvent } from "./event-record.ts";
export * from "./lifetimes.ts";
export * from "./migrations.ts";
export type { PasswordChange, PasswordChangeDecision } from "./password-change.ts";
export * from "./refresh-decision.ts";
export type { RefreshDecision, RefreshDenyReason, RefreshRequest } from "./refresh.ts";
export * from "./revocation.ts";
export type {
  EndAllSessionsOptions,
  EndOneDecision,
  OpenSession,
  SessionEndReason,
} from "./sessions.ts";
export * from "./sign-in-name.ts";
export type { SignInDecision, SignInDenial, SignInRequest } from "./sign-in.ts";
export * from "./throttle-schedule.ts";
export type { TokenGrant } from "./token-grant.ts";
