/**
 * What the pieces of authentication share, put together once by `create-authentication.ts`.
 *
 * @module
 */

import type { Clock, Randomness, SecurityEventSink, SystemWork } from "../kernel/index.ts";
import type { TokenIssuer } from "./access-token.ts";
import type { RecordEvent } from "./event-record.ts";
import type { SessionLifetimes } from "./lifetimes.ts";
import type { PasswordCheck, PasswordContext } from "./password-policy.ts";
import type { PasswordHasher } from "./passwords.ts";
import type { RevocationFeed } from "./revocation.ts";
import type { ThrottleLimits } from "./throttle-schedule.ts";

/** The parts. */
export interface AuthenticationParts {
  readonly system: SystemWork;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly events: SecurityEventSink;
  readonly record: RecordEvent;
  readonly issuer: TokenIssuer;
  readonly clientId: string;
  readonly hasher: PasswordHasher;
  readonly checkPassword: (password: string, context: PasswordContext) => PasswordCheck;
  readonly revocations: RevocationFeed;
  readonly limits: ThrottleLimits;
  readonly lifetimes: SessionLifetimes;
  readonly sessionsPerAccount: number;
}
