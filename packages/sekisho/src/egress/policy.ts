/**
 * The destination policy: schemes, hosts and ports as closed lists (API7.P2, API7.P3).
 *
 * Promise: hosts match whole names only, never suffixes; entries pass the same URL parser as the
 * address that is judged. Limits: only `http` and `https` can be allowed, since other schemes have
 * hosts that no parser normalises.
 *
 * @module
 */

import { compileBlock, type CompiledBlock } from "./address-policy.ts";

/** Where this service may connect to. */
export interface EgressPolicy {
  /** Allowed schemes, with or without the colon: `["https"]`. */
  readonly schemes: readonly string[];
  /** `"public"`: every public host. A list: exactly these names, still judged by address. */
  readonly hosts: "public" | readonly string[];
  /** Allowed ports: `[443]`. */
  readonly ports: readonly number[];
  /** Names that are refused before the list of hosts is asked, such as the service's own. */
  readonly denyHosts?: readonly string[];
  /** Blocks or addresses that are refused besides the special-purpose ones: own public addresses, NAT64 prefixes. */
  readonly denyAddresses?: readonly string[];
}

/** A policy made ready for judging. */
export interface CompiledPolicy {
  readonly schemes: ReadonlySet<string>;
  readonly hosts: "public" | ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
  readonly denyHosts: ReadonlySet<string>;
  readonly denyAddresses: readonly CompiledBlock[];
}

/** Ports that belong to a scheme when the address names none. */
export const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443 };

function normaliseScheme(scheme: string): string {
  return scheme.toLowerCase().replace(/:$/, "");
}

/** Removes the dot of the root: `example.com.` and `example.com` are one name (RFC 1034 §3.1). */
export function withoutRootDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

function parseHost(entry: string): string | undefined {
  const url = URL.parse(`https://${entry}/`);
  const isBare = url !== null && url.href === `https://${url.hostname}/`;
  if (!isBare || /[*\s\\]/.test(entry)) return undefined;
  return withoutRootDot(url.hostname);
}

function compileHosts(entries: readonly string[]): ReadonlySet<string> {
  // An entry that is no host name can match nothing, which is the safe reading of it.
  return new Set(entries.map(parseHost).filter((host) => host !== undefined));
}

/** Reads a policy; entries that make no sense match nothing. */
export function compilePolicy(policy: EgressPolicy): CompiledPolicy {
  return {
    schemes: new Set(
      policy.schemes.map(normaliseScheme).filter((name) => Object.hasOwn(defaultPorts, name)),
    ),
    hosts: policy.hosts === "public" ? "public" : compileHosts(policy.hosts),
    ports: new Set(policy.ports),
    denyHosts: compileHosts(policy.denyHosts ?? []),
    denyAddresses: (policy.denyAddresses ?? []).map(compileBlock),
  };
}

/**
 * Reads a policy and insists that every entry makes sense, so that a slip stops the start.
 *
 * @throws TypeError that names the entry.
 */
export function requirePolicy(policy: EgressPolicy): CompiledPolicy {
  for (const scheme of policy.schemes)
    if (!Object.hasOwn(defaultPorts, normaliseScheme(scheme)))
      throw new TypeError(`egress scheme ${JSON.stringify(scheme)} is neither http nor https`);
  for (const port of policy.ports)
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new TypeError(`egress port ${port} is not between 1 and 65535`);
  const hosts = policy.hosts === "public" ? [] : policy.hosts;
  for (const host of [...hosts, ...(policy.denyHosts ?? [])])
    if (parseHost(host) === undefined)
      throw new TypeError(`egress host ${JSON.stringify(host)} is not one whole host name`);
  if (policy.schemes.length === 0) throw new TypeError("the egress policy allows no scheme");
  if (policy.ports.length === 0) throw new TypeError("the egress policy allows no port");
  if (policy.hosts !== "public" && policy.hosts.length === 0)
    throw new TypeError("the egress policy allows no host");
  return compilePolicy(policy);
}
