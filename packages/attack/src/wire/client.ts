/**
 * The one way in which the engine speaks to its target.
 *
 * Promise: what is sent is what a technique wrote, byte for byte; no redirect is followed and no path
 * normalised. Caps on requests, time and rate hold for everything that is sent, retries included.
 * Limits: HTTP/1.1 only.
 *
 * @module
 */

import type { Credential, Principal } from "../principal/principal.ts";
import { exchangeRaw, transmitByHand, transmitTogether } from "./by-hand.ts";
import type { Call, Client, Exchange, RawAnswer, SendOptions } from "./exchange.ts";
import { createGate } from "./gate.ts";
import { createPatience } from "./patience.ts";
import { prepareRequest, type PreparedRequest } from "./prepared-request.ts";
import { rawCall, rawTransmission } from "./raw-call.ts";
import { createRecord } from "./record.ts";
import { createRoutes, type Route } from "./route.ts";
import { transmit, type Transmission } from "./transmit.ts";

/** What a client is made from. */
export interface ClientOptions {
  /** "http://127.0.0.1:8080", without a path. */
  readonly origin: string;
  readonly credentialOf: (principal: Principal) => Credential;
  /** Gets a new token; true when there is one. */
  readonly renew: (principal: Principal) => Promise<boolean>;
  /** Renews a token that is about to end, before a request needs it. */
  readonly freshen?: (principal: Principal) => Promise<void>;
  /** Requests per second at most. */
  readonly rate: number | undefined;
  readonly maxRequests: number;
  /** Milliseconds since the epoch at which everything ends. */
  readonly deadline: number;
  /** Milliseconds for one request. */
  readonly timeout: number;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
  readonly onExchange?: (exchange: Exchange) => void;
}

const setUp = "set-up";
const renewalPause = 5000;
const rawTimeout = 5000;

interface Prepared {
  readonly call: Call;
  readonly request: PreparedRequest;
  readonly credential: Credential | undefined;
}

/** An exchange and the credential that went with it. */
interface Sent {
  readonly exchange: Exchange;
  readonly used: Credential | undefined;
}

/** Makes a client of one target. */
export function createClient(options: ClientOptions): Client {
  const { origin, credentialOf, now, maxAnswerBytes } = options;
  const gate = createGate(options);
  const routes = createRoutes(origin, now() / 1000);
  const patience = createPatience(now);
  const record = createRecord();
  const host = new URL(origin).host;
  const working = new WeakSet<Credential>();
  const renewedAt = new Map<string, number>();
  let label = setUp;
  let count = 0;

  const route = async (): Promise<Route> => routes.of(label === setUp ? undefined : label);

  const prepare = (call: Call): Prepared => {
    const credential = call.principal && credentialOf(call.principal);
    return { call, credential, request: prepareRequest(call, credential, host) };
  };

  /** Begins an exchange; what it returns ends and records it. */
  const begin = (prepared: Prepared): ((came: Transmission) => Exchange) => {
    const { call, request, credential } = prepared;
    const start = { id: ++count, at: now(), technique: label };
    return ({ answer, failure }) => {
      const status = answer?.status ?? 0;
      if (credential !== undefined && status >= 200 && status < 300) working.add(credential);
      const sentPath = request.path === call.path ? {} : { sentPath: request.path };
      const exchange: Exchange = {
        ...start,
        ...sentPath,
        call,
        sentHeaders: request.headers,
        answer,
        failure,
      };
      record.add(exchange);
      options.onExchange?.(exchange);
      if (answer === undefined) gate.check();
      return exchange;
    };
  };

  const sendOnce = async (call: Call, timeout: number): Promise<Sent> => {
    if (call.principal !== undefined) await options.freshen?.(call.principal);
    const way = await route();
    await gate.pass(1);
    const prepared = prepare(call);
    const end = begin(prepared);
    const limits = gate.limits(timeout, maxAnswerBytes);
    const came = prepared.request.byHand
      ? await transmitByHand(prepared.request, way, limits)
      : await transmit(prepared.request, way, routes, limits);
    return { exchange: end(came), used: prepared.credential };
  };

  /** Whether a 401 may be blamed on a token that ended; then there is a new one. */
  const renewed = async ({ exchange, used }: Sent): Promise<boolean> => {
    const { principal } = exchange.call;
    if (exchange.answer?.status !== 401 || principal === undefined || used === undefined)
      return false;
    // Somebody else renewed it while this request was under way.
    if (credentialOf(principal) !== used) return true;
    if (!working.has(used)) return false;
    const last = renewedAt.get(principal.name);
    if (last !== undefined && now() - last < renewalPause) return false;
    renewedAt.set(principal.name, now());
    return options.renew(principal);
  };

  return {
    exchanges: record.exchanges,
    async send(call: Call, sending: SendOptions = {}): Promise<Exchange> {
      const { timeout = options.timeout, patient = true, renew = true } = sending;
      let mayRenew = renew;
      for (let tries = 0; ; tries++) {
        const sent = await sendOnce(call, timeout);
        const { exchange } = sent;
        const wait = patient && exchange.answer && patience.next(exchange.answer, tries);
        if (typeof wait === "number") {
          await gate.wait(wait);
          continue;
        }
        if (!mayRenew || !(await renewed(sent))) return exchange;
        mayRenew = false;
      }
    },
    async sendTogether(calls: readonly Call[]): Promise<readonly Exchange[]> {
      if (calls.length === 0) return [];
      for (const { principal } of calls)
        if (principal !== undefined) await options.freshen?.(principal);
      const way = await route();
      await gate.pass(calls.length);
      const prepared = calls.map(prepare);
      const ends = prepared.map(begin);
      const limits = gate.limits(options.timeout, maxAnswerBytes);
      const came = await transmitTogether(
        prepared.map(({ request }) => request),
        way,
        limits,
      );
      return ends.map((end, index) =>
        end(came[index] ?? { answer: undefined, failure: "not sent" }),
      );
    },
    async sendRaw(bytes: string | Uint8Array, timeout = rawTimeout): Promise<RawAnswer> {
      const way = await route();
      await gate.pass(1);
      const content = Buffer.from(bytes);
      const call = rawCall(content);
      const request = { ...call, body: undefined, byHand: true };
      const end = begin({ call, request, credential: undefined });
      const raw = await exchangeRaw(content, way, gate.limits(timeout, maxAnswerBytes));
      end(rawTransmission(raw));
      return raw;
    },
    enter(technique: string): void {
      label = technique;
      patience.enter();
    },
    async close(): Promise<void> {
      await gate.close();
      routes.close();
    },
  };
}
