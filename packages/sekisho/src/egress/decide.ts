/**
 * Judges a destination: text, name and every address it stands for (OWASP API7:2023).
 *
 * Promise: the text is parsed once, by the WHATWG parser, and whoever connects uses that parsed
 * URL and the judged addresses; names are resolved once; one bad answer refuses the whole name.
 * Limits: pure but for the `resolve` that it is given; connecting to the judged addresses, and to
 * nothing else, is the business of `connector.ts`.
 *
 * @module
 */

import { deny, type Decision } from "../kernel/index.ts";
import { classifyAddressFor, type AddressFamily, type AddressReason } from "./address-policy.ts";
import {
  compilePolicy,
  defaultPorts,
  withoutRootDot,
  type CompiledPolicy,
  type EgressPolicy,
} from "./policy.ts";
import { isSpecialUseName } from "./special-names.ts";

/** Why the text of an address is refused. */
export type UrlReason =
  | "url-malformed"
  | "url-too-long"
  | "url-character"
  | "userinfo"
  | "scheme"
  | "port"
  | "single-label"
  | "special-use-name"
  | "deny-listed-host"
  | "host-not-listed";

/** Why a destination is refused. */
export type DestinationReason = UrlReason | AddressReason | "unresolvable" | "resolution-failed";

/** One answer of a resolver. */
export interface JudgedAddress {
  readonly address: string;
  readonly family: AddressFamily;
}

/** Finds every address of a host name; rejects when it cannot. */
export type Resolve = (host: string) => Promise<readonly JudgedAddress[]>;

/** Whether a destination may be connected to, with the only addresses that may be used. */
export type DestinationDecision = Decision<
  DestinationReason,
  { readonly url: URL; readonly addresses: readonly JudgedAddress[] }
>;

/** Longest URL that is looked at, in UTF-16 code units. */
export const maximumUrlLength = 2048;

// ASCII and C1 control characters, blank and backslash: WHATWG parsing drops or rewrites them,
// so that two readers of the text could see two hosts.
// oxlint-disable-next-line no-control-regex
const forbiddenCharacters = /[\u0000-\u0020\u007f-\u009f\\]/;

/** Whether a text holds characters over which URL parsers disagree. */
export function hasForbiddenCharacter(text: string): boolean {
  return forbiddenCharacters.test(text);
}

/** The host of a URL as an address, without the brackets of IPv6; `undefined` for a name. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname;
  if (host.startsWith("[")) return host.slice(1, -1);
  // After WHATWG parsing, a special URL whose last label is a number is a canonical IPv4 address.
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) ? host : undefined;
}

/** The port of a URL, named or implied. */
export function portOf(url: URL): number {
  return url.port === "" ? (defaultPorts[url.protocol.slice(0, -1)] ?? 0) : Number(url.port);
}

function decideName(host: string): UrlReason | undefined {
  if (host === "" || host.length > 253 || !host.split(".").every((part) => label.test(part)))
    return "url-malformed";
  if (!host.includes(".")) return "single-label";
  if (isSpecialUseName(host)) return "special-use-name";
  return undefined;
}

// WHATWG lets `;`, `$` or `!` stand in a name; DNS hosts have none of them, other parsers split there.
const label = /^[a-z0-9_-]{1,63}$/;

/** {@link decideUrl} with a compiled policy. */
export function decideCompiled(
  text: string,
  policy: CompiledPolicy,
): Decision<UrlReason, { readonly url: URL }> {
  if (text.length > maximumUrlLength) return deny("url-too-long");
  if (hasForbiddenCharacter(text) || !text.isWellFormed()) return deny("url-character");
  const url = URL.parse(text);
  if (url === null) return deny("url-malformed");
  if (!policy.schemes.has(url.protocol.slice(0, -1))) return deny("scheme");
  if (url.username !== "" || url.password !== "") return deny("userinfo");
  if (!policy.ports.has(portOf(url))) return deny("port");
  const host = withoutRootDot(url.hostname);
  if (literalAddress(url) === undefined) {
    const fault = decideName(host);
    if (fault !== undefined) return deny(fault);
    // One spelling from here on: what is resolved, sent as Host and named in the handshake.
    if (host !== url.hostname) url.hostname = host;
  }
  if (policy.denyHosts.has(host)) return deny("deny-listed-host");
  if (policy.hosts !== "public" && !policy.hosts.has(host)) return deny("host-not-listed");
  return { effect: "allow", url };
}

/**
 * Judges the text of a destination alone: nothing is resolved.
 *
 * @throws TypeError when `denyAddresses` of the policy holds something that is no address or block.
 * @example
 * decideUrl("https://user@example.com/", { schemes: ["https"], hosts: "public", ports: [443] });
 * // { effect: "deny", reason: "userinfo" }
 */
export function decideUrl(
  url: string,
  policy: EgressPolicy,
): Decision<UrlReason, { readonly url: URL }> {
  return decideCompiled(url, compilePolicy(policy));
}

function judge(
  answers: readonly JudgedAddress[],
  policy: CompiledPolicy,
): Decision<DestinationReason, { readonly addresses: readonly JudgedAddress[] }> {
  if (answers.length === 0) return deny("unresolvable");
  const addresses = new Map<string, JudgedAddress>();
  for (const { address, family } of answers) {
    const decision = classifyAddressFor(address, policy.denyAddresses);
    if (decision.effect === "deny") return decision;
    if (decision.family !== family) return deny("address-malformed");
    addresses.set(address, { address, family });
  }
  return { effect: "allow", addresses: [...addresses.values()] };
}

/** Judges the addresses of a URL whose text {@link decideCompiled} has accepted. */
export async function judgeAddresses(
  url: URL,
  policy: CompiledPolicy,
  resolve: Resolve,
): Promise<DestinationDecision> {
  const literal = literalAddress(url);
  let answers: readonly JudgedAddress[];
  try {
    answers =
      literal === undefined
        ? await resolve(url.hostname)
        : [{ address: literal, family: literal.includes(":") ? 6 : 4 }];
  } catch {
    return deny("resolution-failed");
  }
  const judged = judge(answers, policy);
  return judged.effect === "deny" ? judged : { ...judged, url };
}

/**
 * Judges a destination: its text, then every address that `resolve` answers with. Literal
 * addresses are judged without resolving.
 *
 * @throws TypeError when `denyAddresses` of the policy holds something that is no address or block.
 * @example
 * const policy = { schemes: ["https"], hosts: "public", ports: [443] } as const;
 * const resolve = async () => [{ address: "127.0.0.1", family: 4 }] as const;
 * await checkDestination("https://example.com/", policy, resolve);
 * // { effect: "deny", reason: "loopback" }
 */
export async function checkDestination(
  url: string,
  policy: EgressPolicy,
  resolve: Resolve,
): Promise<DestinationDecision> {
  const compiled = compilePolicy(policy);
  const decision = decideCompiled(url, compiled);
  return decision.effect === "deny" ? decision : judgeAddresses(decision.url, compiled, resolve);
}
