/**
 * The one declaration of an endpoint (OWASP API1–API10:2023, F1).
 *
 * Promise: `access`, `output`, `team` and `lifecycle` have no default, a mutation says what it
 * leaves in the audit trail, and a rule can only name parameters that are in the path; a
 * declaration without them does not compile. Limits: what is forced past the compiler is found by
 * `createApi` at the start.
 *
 * @module
 */

import type { z } from "zod";
import type { AccessRule, AnyAccessRule, GrantsOf, ParametersOf } from "../authorization/index.ts";
import type { OutputDeclaration, OutputValue } from "../contract/index.ts";
import type { FlowStep } from "../flow/index.ts";
import type { Lifecycle } from "../inventory/index.ts";
import type {
  DefinedProblem,
  ProblemCode,
  SecurityEvent,
  SecurityEventName,
  SqlSession,
} from "../kernel/index.ts";
import type { Records } from "../store/index.ts";
import { completeEndpoint } from "./complete-endpoint.ts";

export { defaultQuota } from "./complete-endpoint.ts";

/** Methods that an endpoint can have. HEAD, OPTIONS and TRACE are never declared. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The `:names` of a path, as a union. */
export type PathParameters<Path extends string> =
  Path extends `${string}:${infer Name}/${infer Rest}`
    ? Name | PathParameters<`/${Rest}`>
    : Path extends `${string}:${infer Name}`
      ? Name
      : never;

/** Statuses and the body of each. */
export type Outputs = Readonly<Record<number, OutputDeclaration>>;

/** An answer of a handler; made by `reply` alone. */
export interface Reply<Status extends number = number> {
  readonly status: Status;
  readonly body: unknown;
  readonly location: string | undefined;
}

/** Makes the answer: only declared statuses, only the declared body of that status. */
export type ReplyFunction<Output extends Outputs> = <Status extends keyof Output & number>(
  status: Status,
  body: OutputValue<Output[Status]>,
  fields?: { readonly location?: string },
) => Reply<Status>;

/** What every handler is given, whatever its access rule. */
export interface CommonContext<Path extends string, Query, Body, Output extends Outputs> {
  readonly parameters: Readonly<Record<PathParameters<Path>, string>>;
  readonly query: Query;
  readonly body: Body;
  /** The rows that the principal may see, in the transaction of the request. */
  readonly records: Records;
  /** The same transaction for functions of the library that speak SQL. */
  readonly transaction: SqlSession;
  /** Writes a security event in the transaction of the request. */
  readonly record: (
    event: Omit<SecurityEvent, "subject"> & { readonly subject?: string },
  ) => Promise<void>;
  /** Runs after the commit, and the answer waits for it; never when the request is refused or fails. */
  readonly afterCommit: (callback: () => unknown) => void;
  /** Milliseconds since 1970 at the arrival of the request. */
  readonly now: number;
  readonly requestId: string;
  readonly clientAddress: string;
  /** Key under which the client is counted: address and, for IPv6, its /64. */
  readonly sourceKey: string;
  readonly userAgent: string;
  /** Aborts at the deadline or when the client goes away. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 after which nobody waits for the answer. */
  readonly deadline: number;
  readonly reply: ReplyFunction<Output>;
}

/** The whole context: what is common, and what the access rule grants. */
export type Context<
  Path extends string,
  Rule extends AnyAccessRule,
  Query,
  Body,
  Output extends Outputs,
> = CommonContext<Path, Query, Body, Output> & GrantsOf<Rule>;

/** A quota that needs more than its text. */
export interface QuotaDeclaration {
  /** For example `"30/minute;5/second"`. */
  readonly limit: string;
  /** Whom it counts; the principal where there is one, else the client address. */
  readonly key?: "principal" | "client-address";
  /** Endpoints with the same name here share one allowance, such as the versions of an endpoint. */
  readonly sharedAs?: string;
  /** What happens while the shared store is away; `degrade` unless said. */
  readonly whenAway?: "strict" | "degrade" | "open";
  /** `coarse` hides which window fired and what remains (sign-in surfaces). */
  readonly disclosure?: "full" | "coarse";
}

/** What an endpoint leaves in the audit trail. */
export type AuditDeclaration = SecurityEventName | Unaudited;

/** A mutation that writes no event of its own, and why. */
export interface Unaudited {
  readonly unaudited: string;
}

/**
 * Says why a mutation needs no event of its own.
 *
 * @example
 * unaudited("authentication records every sign-in itself");
 */
export function unaudited(reason: string): Unaudited {
  return { unaudited: reason };
}

/** Ceilings for one request. */
export interface Limits {
  /** Bytes of the body; 1 MiB unless said. */
  readonly bodyBytes?: number;
  /** Milliseconds until the request is given up; 10,000 unless said. */
  readonly milliseconds?: number;
}

// The complaint stands on `access`, so that a compiler names that and not the whole declaration.
type NamesOnlyItsParameters<Path extends string, Rule extends AnyAccessRule> = [
  ParametersOf<Rule>,
] extends [PathParameters<Path>]
  ? unknown
  : { readonly access: `the access rule names a parameter that is not in ${Path}` };

type AuditOf<Verb extends Method> = Verb extends "GET"
  ? { readonly audit?: AuditDeclaration }
  : { readonly audit: AuditDeclaration };

/** Everything that an endpoint says about itself. */
export type EndpointDeclaration<
  Verb extends Method,
  Path extends string,
  Rule extends AnyAccessRule,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Output extends Outputs,
> = {
  readonly method: Verb;
  readonly path: Path;
  readonly summary: string;
  /** Who answers for it (API9). */
  readonly team: string;
  readonly lifecycle: Lifecycle;
  readonly access: Rule;
  readonly output: Output;
  readonly query?: Query;
  readonly body?: Body;
  /** An example of the body, shown in the OpenAPI document. */
  readonly example?: z.input<Body>;
  /** Default `"200/minute"`. */
  readonly quota?: string | QuotaDeclaration;
  /** What one request costs once its input is known: one unit per element of a batch. */
  readonly cost?: (input: { readonly body: z.output<Body> }) => number;
  readonly step?: FlowStep;
  /** What a step that is not allowed answers; `illegal-step` unless said. */
  readonly stepProblem?: DefinedProblem;
  /** Answers a webhook message that had its effect before; needed where access is a webhook. */
  readonly acknowledge?: (context: { readonly reply: ReplyFunction<Output> }) => Reply;
  /** Problems it can answer beside those of its defences, for the document. */
  readonly problems?: readonly (ProblemCode | DefinedProblem)[];
  /** Whether `Idempotency-Key` is honoured. */
  readonly idempotent?: boolean;
  /** `"200/day"`: how often one principal may do this, held by the database. */
  readonly flowQuota?: string;
  /** Runs the transaction in the system role, and says why. */
  readonly asSystem?: string;
  readonly limits?: Limits;
  readonly handle: (
    context: Context<Path, Rule, z.output<Query>, z.output<Body>, Output>,
  ) => Reply | Promise<Reply>;
} & AuditOf<Verb> &
  NamesOnlyItsParameters<Path, Rule>;

declare const declared: unique symbol;

/** A declared endpoint, as `createApi` takes it. */
export interface Endpoint {
  readonly [declared]?: true;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly team: string;
  readonly lifecycle: Lifecycle;
  readonly access: AccessRule;
  readonly output: Outputs;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  readonly example: unknown;
  readonly quota: string | QuotaDeclaration;
  readonly cost: ((input: { readonly body: never }) => number) | undefined;
  readonly audit: AuditDeclaration | undefined;
  readonly step: FlowStep | undefined;
  readonly stepProblem: DefinedProblem | undefined;
  readonly acknowledge: ((context: never) => Reply) | undefined;
  readonly problems: readonly (ProblemCode | DefinedProblem)[];
  readonly idempotent: boolean;
  readonly flowQuota: string | undefined;
  readonly asSystem: string | undefined;
  readonly limits: Limits;
  readonly handle: (context: never) => Reply | Promise<Reply>;
}

/**
 * Declares one endpoint: what it does and everything that protects it.
 *
 * @example
 * import { z } from "zod";
 * import { authenticated } from "sekisho/authorization";
 * import { production } from "sekisho/inventory";
 *
 * const whoAmI = defineEndpoint({
 *   method: "GET",
 *   path: "/api/who-am-i",
 *   summary: "Names the caller",
 *   team: "accounts",
 *   lifecycle: production({ since: "2026-11-01" }),
 *   access: authenticated(),
 *   output: { 200: z.strictObject({ id: z.uuid() }) },
 *   handle: ({ principal, reply }) => reply(200, { id: principal.subject }),
 * });
 */
export function defineEndpoint<
  const Verb extends Method,
  const Path extends string,
  const Rule extends AnyAccessRule,
  const Output extends Outputs,
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- it has no parameter
  Query extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Body extends z.ZodType = z.ZodUndefined,
>(declaration: EndpointDeclaration<Verb, Path, Rule, Query, Body, Output>): Endpoint {
  return completeEndpoint(declaration);
}
