/**
 * Puts the parts of an API together, once, from its options.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { createDecisionLog, type DecisionLog } from "../audit/index.ts";
import { securityHeaders, type CrossOriginPolicy } from "../hardening/index.ts";
import {
  createClientAddressResolver,
  systemClock,
  systemRandomness,
  type Authenticator,
  type Clock,
  type DefinedProblem,
  type Problem,
  type Randomness,
} from "../kernel/index.ts";
import {
  createMemoryQuotaStore,
  createQuota,
  parseQuota,
  quotaPolicyHeader,
  type QuotaLimiter,
} from "../quota/index.ts";
import type { Store } from "../store/index.ts";
import { headerList } from "./answer.ts";
import type { Checkpoint, RefusalSink } from "./checkpoint.ts";
import { compileEndpoint, type CompiledEndpoint } from "./compile-endpoint.ts";
import type { ApiPlugin } from "./create-api.ts";
import type { Endpoint } from "./define-endpoint.ts";
import type { Passage } from "./passage.ts";
import { createPathTable, type MethodsOf } from "./path-table.ts";
import type { RawServerOptions, TlsMaterial } from "./raw-server.ts";
import type { ConnectionTimeouts } from "./timeouts.ts";

/** What an API is made of; everything but its endpoints has a safe default. */
export interface ApiOptions {
  readonly title: string;
  readonly version: string;
  readonly endpoints: readonly Endpoint[];
  /** Problems that the application adds to the catalogue. */
  readonly problems?: Readonly<Record<string, DefinedProblem>>;
  readonly store?: Store;
  readonly authenticator?: Authenticator;
  /** Counts in this process unless given. */
  readonly limiter?: QuotaLimiter;
  /** Most requests of one client address over all endpoints; `"6000/minute;500/second"` unless given. */
  readonly sourceQuota?: string;
  /** Addresses or CIDR blocks whose forwarding headers count; none unless given. */
  readonly trustedProxies?: readonly string[];
  /** Hosts (with port) it answers for; any unless given. */
  readonly hosts?: readonly string[];
  /** Certificate and key when the API speaks TLS itself. */
  readonly tls?: TlsMaterial;
  /** How long a connection may keep the server waiting. */
  readonly timeouts?: ConnectionTimeouts;
  /** Whether a trusted proxy in front speaks TLS, so that HSTS is sent. */
  readonly tlsInFront?: boolean;
  /** Other origins that browsers may call from; none unless given. */
  readonly crossOrigin?: CrossOriginPolicy;
  readonly events?: RefusalSink;
  readonly log?: DecisionLog;
  readonly overloaded?: () => boolean;
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  /** `test` fails on an answer that is against its contract; `production` drops and reports. */
  readonly mode?: "production" | "test";
  readonly plugins?: readonly ApiPlugin[];
  /** Told about every error that became a 500. */
  readonly onInternalError?: (error: unknown, requestId: string) => void;
}

/** Answers what no endpoint answers. */
export interface Unmatched {
  notFound(message: IncomingMessage, response: ServerResponse): void;
  refused(message: IncomingMessage, response: ServerResponse, problem: Problem): void;
}

/** The parts that `createApi` wires to the server. */
export interface Parts {
  readonly checkpoint: Checkpoint;
  readonly compiled: readonly CompiledEndpoint[];
  readonly methodsOf: MethodsOf;
  readonly rawServer: (unmatched: Unmatched) => RawServerOptions;
  readonly startDraining: () => void;
}

const silent: RefusalSink = { note: () => undefined };

/** Puts the parts together. */
export function assemble(options: ApiOptions): Parts {
  const clock = options.clock ?? systemClock;
  const randomness = options.randomness ?? systemRandomness;
  const tls = options.tls !== undefined || options.tlsInFront === true;
  const headers = headerList(securityHeaders({ tls }));
  const log = options.log ?? createDecisionLog({ level: "silent" });
  const events = options.events ?? silent;
  const sourceQuota = parseQuota(options.sourceQuota ?? "6000/minute;500/second");
  let draining = false;
  const checkpoint: Checkpoint = {
    clock,
    randomness,
    store: options.store,
    authenticator: options.authenticator,
    limiter: options.limiter ?? createQuota({ store: createMemoryQuotaStore({ clock }), clock }),
    sourceQuota,
    sourcePolicyHeaders: ["ratelimit-policy", quotaPolicyHeader(sourceQuota)],
    clientAddress: createClientAddressResolver(options.trustedProxies ?? []),
    hosts:
      options.hosts === undefined
        ? undefined
        : new Set(options.hosts.map((host) => host.toLowerCase())),
    headers,
    realm: options.title.replaceAll(/[^\w .-]/g, ""),
    crossOrigin: options.crossOrigin,
    events,
    log,
    overloaded: options.overloaded ?? (() => false),
    inFlight: new Set<Passage>(),
    draining: () => draining,
    onInternalError: options.onInternalError ?? (() => undefined),
  };
  const compiled = options.endpoints.map((endpoint) =>
    compileEndpoint(endpoint, {
      headers,
      documentHeaders: (contentSecurityPolicy) =>
        headerList(securityHeaders({ tls, contentSecurityPolicy })),
      mode: options.mode ?? "production",
      onViolation: (operationId, pointers) =>
        events.note({
          name: "x_response_contract_violated",
          subject: undefined,
          object: operationId,
          reason: pointers.slice(0, 8).join(" "),
        }),
    }),
  );
  return {
    checkpoint,
    compiled,
    methodsOf: createPathTable(options.endpoints),
    startDraining: () => {
      draining = true;
    },
    rawServer: (unmatched) => ({
      tls: options.tls,
      timeouts: options.timeouts,
      headers,
      clock,
      randomness,
      refused: (message, response, problem) => unmatched.refused(message, response, problem),
      unparsable: (status, reason) =>
        log.line({
          time: clock.now(),
          requestId: "",
          method: "",
          path: undefined,
          endpoint: undefined,
          status,
          effect: "deny",
          reason,
          subject: undefined,
          session: undefined,
          source: "",
          durationMilliseconds: 0,
          bytes: 0,
        }),
    }),
  };
}
