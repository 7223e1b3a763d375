/**
 * What all requests of one API share.
 *
 * @module
 */

import type { DecisionLog } from "../audit/index.ts";
import type { CrossOriginPolicy } from "../hardening/index.ts";
import type {
  Authenticator,
  ClientAddressResolver,
  Clock,
  Randomness,
  SecurityEvent,
} from "../kernel/index.ts";
import type { Quota, QuotaLimiter } from "../quota/index.ts";
import type { Store } from "../store/index.ts";
import type { HeaderList } from "./answer.ts";
import type { Passage } from "./passage.ts";

/** Where refusals are noted that change nothing; bounded and asynchronous. */
export interface RefusalSink {
  note(
    event: SecurityEvent,
    context?: { readonly at: Date; readonly requestId: string; readonly source: string },
  ): void;
}

/** The parts that every passage uses; made once by `createApi`. */
export interface Checkpoint {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly store: Store | undefined;
  readonly authenticator: Authenticator | undefined;
  readonly limiter: QuotaLimiter;
  readonly sourceQuota: Quota;
  readonly sourcePolicyHeaders: HeaderList;
  readonly clientAddress: ClientAddressResolver;
  /** Hosts the API answers for; `undefined` for any. */
  readonly hosts: ReadonlySet<string> | undefined;
  readonly headers: HeaderList;
  readonly realm: string;
  readonly crossOrigin: CrossOriginPolicy | undefined;
  readonly events: RefusalSink;
  readonly log: DecisionLog;
  readonly overloaded: () => boolean;
  readonly inFlight: Set<Passage>;
  /** Whether the API is stopping; answers then close their connections. */
  readonly draining: () => boolean;
  readonly onInternalError: (error: unknown, requestId: string) => void;
}
