/**
 * From the text of an address to the connection that may be opened for it.
 *
 * Promise: there are two ways only, the judgement and the named development exception. Limits: the
 * exception is for exact origins that are allow-listed by name, and leads to this machine alone.
 *
 * @module
 */

import type { Decision } from "../kernel/index.ts";
import { isLoopback } from "./address-policy.ts";
import type { Route } from "./connector.ts";
import {
  decideCompiled,
  judgeAddresses,
  portOf,
  type DestinationReason,
  type JudgedAddress,
  type Resolve,
} from "./decide.ts";
import type { CompiledPolicy } from "./policy.ts";

/**
 * Sends the requests for an allow-listed origin to a port of this machine, in plain HTTP.
 *
 * @deprecated For development and tests: with it, the named origins are neither resolved nor
 * judged nor encrypted. Production must not start with it.
 * @example
 * createEgress({
 *   policy: { schemes: ["https"], hosts: ["api.partner.com"], ports: [443] },
 *   [unsafeDestinations]: { "https://api.partner.com": { address: "127.0.0.1", port: 9090 } },
 * });
 */
export const unsafeDestinations: unique symbol = Symbol("unsafeDestinations");

/** A port of this machine that stands in for an origin. */
export interface UnsafeDestination {
  /** A loopback address. */
  readonly address: string;
  readonly port: number;
}

/** Finds the route of an address; `visit` is called once its text has been accepted. */
export type FindRoute = (
  text: string,
  visit: (url: URL) => void,
) => Promise<Decision<DestinationReason, { readonly url: URL; readonly route: Route }>>;

function requireException(
  origin: string,
  target: UnsafeDestination,
  policy: CompiledPolicy,
): Omit<Route, "host"> {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin)
    throw new TypeError(`unsafe destination ${JSON.stringify(origin)} is not an origin`);
  if (policy.hosts === "public" || !policy.hosts.has(url.hostname))
    throw new TypeError(`unsafe destination ${origin} is not on the list of allowed hosts`);
  if (!isLoopback(target.address))
    throw new TypeError(`unsafe destination ${origin} leads to an address that is not loopback`);
  if (!Number.isInteger(target.port) || target.port < 1 || target.port > 65_535)
    throw new TypeError(`unsafe destination ${origin} leads to port ${target.port}`);
  const address: JudgedAddress = {
    address: target.address,
    family: target.address.includes(":") ? 6 : 4,
  };
  return { secure: false, addresses: [address], port: target.port };
}

/**
 * Builds the finder of routes.
 *
 * @throws TypeError when an exception is not an allow-listed origin or leaves this machine.
 */
export function createRouter(
  policy: CompiledPolicy,
  resolve: Resolve,
  exceptions: Readonly<Record<string, UnsafeDestination>>,
): FindRoute {
  const unsafe = new Map(
    Object.entries(exceptions).map(([origin, target]) => [
      origin,
      requireException(origin, target, policy),
    ]),
  );
  return async (text, visit) => {
    const accepted = decideCompiled(text, policy);
    if (accepted.effect === "deny") return accepted;
    const { url } = accepted;
    visit(url);
    const exception = unsafe.get(url.origin);
    if (exception !== undefined)
      return { effect: "allow", url, route: { ...exception, host: url.hostname } };
    const decision = await judgeAddresses(url, policy, resolve);
    if (decision.effect === "deny") return decision;
    const route = {
      host: url.hostname,
      secure: url.protocol === "https:",
      addresses: decision.addresses,
      port: portOf(url),
    };
    return { effect: "allow", url, route };
  };
}
