/**
 * Authentication put together: accounts, sign-in, sessions, refresh, revocation (OWASP API2:2023).
 *
 * Promise: sessions begin, go on and end here and nowhere else. Limits: passwords are the only
 * factor so far; `start()` must have resolved before cached tokens are believed.
 *
 * @module
 */

import {
  isId,
  type Authenticator,
  type Broadcast,
  type Clock,
  type Principal,
  type Randomness,
  type SecurityEventSink,
  type SqlSession,
  type SystemWork,
} from "../kernel/index.ts";
import type { TokenIssuer } from "./access-token.ts";
import { lockAccount } from "./account-row.ts";
import * as accounts from "./accounts.ts";
import { createAuthenticator } from "./authenticator.ts";
import { createEventRecord, type RecordEvent } from "./event-record.ts";
import { removeExpiredRows } from "./expired-rows.ts";
import { defaultLifetimes, requireLifetimes, type SessionLifetimes } from "./lifetimes.ts";
import type { AuthenticationParts } from "./parts.ts";
import {
  changePassword,
  type PasswordChange,
  type PasswordChangeDecision,
} from "./password-change.ts";
import { checkPassword, type PasswordPolicy } from "./password-policy.ts";
import { createPasswordHasher, type PasswordHasher } from "./passwords.ts";
import { refresh, type RefreshDecision, type RefreshRequest } from "./refresh.ts";
import { createRevocationFeed, type EndedSessions } from "./revocation.ts";
import * as sessions from "./sessions.ts";
import { createSignIn, type SignInDecision, type SignInRequest } from "./sign-in.ts";
import {
  defaultThrottleLimits,
  requireThrottleLimits,
  type ThrottleLimits,
} from "./throttle-schedule.ts";
import { forgetFailures } from "./throttle.ts";
import type { TokenVerifier } from "./token-verifier.ts";
import { createVerifiedTokenCache } from "./verified-token-cache.ts";

/** How authentication is put together. */
export interface AuthenticationOptions {
  readonly system: SystemWork;
  readonly broadcast: Broadcast;
  readonly issuer: TokenIssuer;
  readonly verifier: TokenVerifier;
  readonly passwordPolicy: PasswordPolicy;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Takes events of refusals, and all others where `record` is absent. */
  readonly events: SecurityEventSink;
  /** Writes an event in the transaction of the change it speaks of. */
  readonly record?: RecordEvent;
  /** Default: argon2id at the library's cost. */
  readonly hasher?: PasswordHasher;
  /** `client_id` of issued tokens (RFC 9068 §2.2). Default: `"first-party"`. */
  readonly clientId?: string;
  readonly limits?: ThrottleLimits;
  readonly lifetimes?: SessionLifetimes;
  /** Open sessions of one account; one more ends the oldest (ASVS 7.1.2). Default: 100. */
  readonly sessionsPerAccount?: number;
  /** Bound of the cache of verified tokens, bytes. Default: 16 MiB. */
  readonly cacheBytes?: number;
  /** Time between looks for revocations that nobody announced; 0 for none. Default: 5,000. */
  readonly lookMilliseconds?: number;
  /** Told when the database or the broadcast fails in the background. */
  readonly onFailure?: (error: unknown) => void;
}

/** Authentication of one node. Functions with a `session` work in the caller's transaction. */
export interface Authentication {
  /** For the checkpoint of every request. */
  readonly authenticator: Authenticator;
  /** Subscribes to revocations and catches up. */
  start(): Promise<void>;
  close(): Promise<void>;
  register(
    session: SqlSession,
    registration: accounts.Registration,
  ): Promise<accounts.RegistrationDecision>;
  signIn(request: SignInRequest): Promise<SignInDecision>;
  refresh(request: RefreshRequest): Promise<RefreshDecision>;
  /** Ends the principal's own session; its access and refresh tokens are dead on return. */
  logout(principal: Pick<Principal, "subject" | "sessionId">): Promise<void>;
  changePassword(change: PasswordChange): Promise<PasswordChangeDecision>;
  setRolesAndStatus(
    session: SqlSession,
    subject: string,
    change: accounts.AccountChange,
  ): Promise<accounts.AccountChangeDecision>;
  listSessions(session: SqlSession, subject: string): Promise<readonly sessions.OpenSession[]>;
  /** A session of somebody else is `not-found`, like one that does not exist. */
  endOneSession(
    session: SqlSession,
    subject: string,
    sessionId: string,
  ): Promise<sessions.EndOneDecision>;
  endAllSessions(
    session: SqlSession,
    subject: string,
    options?: sessions.EndAllSessionsOptions,
  ): Promise<EndedSessions>;
  /** Forgets the failures of an account, so that strangers' places may try again. */
  reopenSignIn(session: SqlSession, subject: string, actor?: string): Promise<boolean>;
  /** Removes expired rows; to be called about once an hour. Resolves with their number. */
  removeExpired(): Promise<number>;
}

async function reopenSignIn(
  parts: AuthenticationParts,
  session: SqlSession,
  subject: string,
  actor: string | undefined,
): Promise<boolean> {
  const account = isId(subject) ? await lockAccount(session, subject, "share") : undefined;
  if (account === undefined) return false;
  await forgetFailures(session, account.signInName, parts.clock.now());
  await parts.record(session, {
    name: "user_updated",
    subject: actor,
    object: `account:${subject}`,
    reason: "sign-in-reopened",
  });
  return true;
}

function requirePositive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name} is ${value}, not a positive integer`);
  return value;
}

/** Seconds by which the life of a revocation exceeds that of a token, for clocks that differ. */
const toleranceSeconds = 60;

/**
 * Creates authentication.
 *
 * @throws RangeError when limits, lifetimes or sizes make no sense.
 * @example
 * const authentication = createAuthentication({
 *   system: store, broadcast: store.broadcast, issuer, verifier, passwordPolicy: nistPolicy,
 *   clock: systemClock, randomness: systemRandomness, events,
 * });
 * await authentication.start();
 */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { system, clock, events, issuer, verifier, passwordPolicy } = options;
  // A faulty policy stops the start, not the first registration.
  checkPassword("", passwordPolicy);
  const cacheBytes = requirePositive("cacheBytes", options.cacheBytes ?? 16 * 2 ** 20);
  const cache = createVerifiedTokenCache({ maxBytes: cacheBytes, clock });
  const revocations = createRevocationFeed({
    system,
    broadcast: options.broadcast,
    clock,
    cache,
    rememberSeconds: issuer.lifetimeSeconds + toleranceSeconds,
    ...(options.lookMilliseconds !== undefined && { lookMilliseconds: options.lookMilliseconds }),
    ...(options.onFailure !== undefined && { onFailure: options.onFailure }),
  });
  const parts: AuthenticationParts = {
    system,
    clock,
    randomness: options.randomness,
    events,
    record: createEventRecord(events, options.record),
    issuer,
    clientId: options.clientId ?? "first-party",
    hasher: options.hasher ?? createPasswordHasher({ randomness: options.randomness }),
    checkPassword: (password, context) => checkPassword(password, passwordPolicy, context),
    revocations,
    limits: requireThrottleLimits(options.limits ?? defaultThrottleLimits),
    lifetimes: requireLifetimes(options.lifetimes ?? defaultLifetimes),
    sessionsPerAccount: requirePositive("sessionsPerAccount", options.sessionsPerAccount ?? 100),
  };
  return {
    authenticator: createAuthenticator({ system, clock, verifier, cache, revocations }),
    start: () => revocations.start(),
    close: () => revocations.close(),
    register: (session, registration) => accounts.register(parts, session, registration),
    signIn: createSignIn(parts),
    refresh: (request) => refresh(parts, request),
    logout: (principal) => logout(parts, principal),
    changePassword: (change) => changePassword(parts, change),
    setRolesAndStatus: (session, subject, change) =>
      accounts.setRolesAndStatus(parts, session, subject, change),
    listSessions: (session, subject) => sessions.listSessions(parts, session, subject),
    endOneSession: (session, subject, sessionId) =>
      sessions.endOneSession(parts, session, subject, sessionId, "ended-by-owner"),
    endAllSessions: (session, subject, choice) =>
      sessions.endAllSessions(parts, session, subject, choice),
    reopenSignIn: (session, subject, actor) => reopenSignIn(parts, session, subject, actor),
    removeExpired: () =>
      system.asSystem("authentication: remove expired rows", (session) =>
        removeExpiredRows(parts, session),
      ),
  };
}

async function logout(
  parts: AuthenticationParts,
  { subject, sessionId }: Pick<Principal, "subject" | "sessionId">,
): Promise<void> {
  const decision = await parts.system.asSystem("authentication: logout", (session) =>
    sessions.endOneSession(parts, session, subject, sessionId, "logout"),
  );
  if (decision.effect === "allow") await decision.ended.announce();
}
