/**
 * One request on its way: what is known about it so far.
 *
 * Promise: an answer is written once; a transaction that was opened is always ended; what a handler
 * does not touch is not made. Limits: internal to `http/`.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import {
  addressKey,
  createId,
  Problem,
  type Principal,
  type SecurityEvent,
} from "../kernel/index.ts";
import { hashIdentifier, recordEvent } from "../audit/index.ts";
import type { QuotaOutcome } from "../quota/index.ts";
import type { Records, Transaction } from "../store/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { CompiledEndpoint } from "./compile-endpoint.ts";
import type { MarkedMessage } from "./raw-server.ts";

const nobody: ReadonlySet<string> = new Set();
const sessionHashes = new WeakMap<Principal, string>();

/** A request between its arrival and its answer. */
export class Passage {
  readonly checkpoint: Checkpoint;
  readonly compiled: CompiledEndpoint;
  readonly message: MarkedMessage;
  readonly response: ServerResponse;
  readonly parameters: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 at the arrival. */
  readonly now: number;
  readonly started: number;
  readonly clientAddress: string;
  readonly sourceKey: string;
  principal: Principal | undefined;
  /** Subject of a token that was genuine and gave no access; for the audit trail alone. */
  claimant: string | undefined;
  audiences: ReadonlySet<string> = nobody;
  /** What the access rule found: loaded objects by their kind, the event of a webhook. */
  readonly grants: Record<string, unknown> = {};
  /** Kind and id of the object the request is about, for the audit trail. */
  object: string | undefined;
  query: unknown;
  body: unknown;
  rawBody: Uint8Array | undefined;
  quota: QuotaOutcome | undefined;
  /** What the quota of the source had left when it refused. */
  sourceRefusal: QuotaOutcome | undefined;
  /** Whether this webhook message was accepted before, and said the same. */
  delivery: "first" | "repeat" | "altered" = "first";
  idempotencyKey: string | undefined;
  answered = false;
  expired = false;
  #requestId: string | undefined;
  #transaction: Transaction | undefined;
  #aborter: AbortController | undefined;

  constructor(
    checkpoint: Checkpoint,
    compiled: CompiledEndpoint,
    message: MarkedMessage,
    response: ServerResponse,
    parameters: Readonly<Record<string, string>>,
  ) {
    this.checkpoint = checkpoint;
    this.compiled = compiled;
    this.message = message;
    this.response = response;
    this.parameters = parameters;
    this.now = checkpoint.clock.now();
    this.started = performance.now();
    const forwarded = message.headers["x-forwarded-for"];
    this.clientAddress = checkpoint.clientAddress(
      message.socket.remoteAddress,
      typeof forwarded === "string" ? forwarded : undefined,
    );
    this.sourceKey = addressKey(this.clientAddress);
  }

  /** The id, if something has referred to the request by it. */
  get knownRequestId(): string | undefined {
    return this.#requestId;
  }

  get requestId(): string {
    this.#requestId ??= createId(this.checkpoint.clock, this.checkpoint.randomness);
    return this.#requestId;
  }

  /** The session as logs name it: hashed, once per cached principal. */
  get session(): string | undefined {
    const { principal } = this;
    if (principal === undefined) return undefined;
    const known = sessionHashes.get(principal) ?? hashIdentifier(principal.sessionId);
    sessionHashes.set(principal, known);
    return known;
  }

  /** What the request is about, for the trail: what the rules found, else the id in the path. */
  get target(): string | undefined {
    if (this.object !== undefined) return this.object;
    const [parameter] = Object.entries(this.parameters);
    // Anything but an id is what somebody typed, and has no place in a trail.
    return parameter !== undefined && /^[\w-]{1,64}$/.test(parameter[1])
      ? parameter.join(":")
      : undefined;
  }

  get userAgent(): string {
    return this.message.headers["user-agent"] ?? "";
  }

  get deadline(): number {
    return this.now + this.compiled.milliseconds;
  }

  get signal(): AbortSignal {
    if (this.#aborter === undefined) {
      const aborter = new AbortController();
      this.#aborter = aborter;
      if (this.expired) aborter.abort();
      this.response.once("close", () => aborter.abort());
    }
    return this.#aborter.signal;
  }

  /** The transaction of the request; bound on first use, and no more after the deadline. */
  get transaction(): Transaction {
    if (this.expired) throw new Problem("deadline-exceeded");
    this.#transaction ??= this.#begin();
    return this.#transaction;
  }

  get records(): Records {
    return this.transaction.records;
  }

  /** Gives up: nothing may be committed any more. */
  expire(): void {
    this.expired = true;
    this.#aborter?.abort();
  }

  async commit(): Promise<void> {
    if (this.expired) throw new Problem("deadline-exceeded");
    await this.#transaction?.commit();
  }

  async rollback(): Promise<void> {
    await this.#transaction?.rollback();
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  /** Writes a security event in the transaction of the request. */
  async record(event: SecurityEvent): Promise<void> {
    await recordEvent(this.transaction, event, {
      at: new Date(this.now),
      requestId: this.requestId,
      source: this.sourceKey,
    });
  }

  #begin(): Transaction {
    const { store } = this.checkpoint;
    if (store === undefined) throw new Error("the API was created without a store");
    const { asSystem } = this.compiled.endpoint;
    if (asSystem !== undefined) return store.beginSystem(asSystem);
    if (this.compiled.webhook !== undefined)
      return store.beginSystem(`webhook ${this.compiled.webhook.name}`);
    return store.begin(this.principal);
  }
}
