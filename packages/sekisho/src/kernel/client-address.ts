/**
 * Whose address a request really comes from (OWASP API4:2023, ASVS 4.1.3 and 15.3.4).
 *
 * Promise: forwarding headers count only when the peer is a proxy that was named; the list is
 * walked from right to left and stops at the first hop that was not. There is no "trust all".
 * Limits: a named proxy that appends unchecked input is believed as far as it wrote itself.
 *
 * @module
 */

import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Block = readonly [Address, number];

/** Finds the client's address from the socket's peer and the `X-Forwarded-For` field. */
export type ClientAddressResolver = (
  peer: string | undefined,
  forwardedFor: string | undefined,
) => string;

/**
 * Stands for a peer that has already gone away; all such requests share one key.
 *
 * @example
 * if (address === unknownAddress) return; // nobody is left to answer
 */
export const unknownAddress = "unknown";

function parseAddress(text: string): Address | undefined {
  if (!ipaddr.isValid(text) || text.includes("%")) return undefined;
  if (!text.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.process(text);
}

function parseBlock(text: string): Block {
  const [address = "", bits, ...rest] = text.split("/");
  const parsed = parseAddress(address);
  const size = parsed === undefined ? 0 : parsed.kind() === "ipv4" ? 32 : 128;
  const length = bits === undefined ? size : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (parsed === undefined || rest.length > 0 || length < 0 || length > size)
    throw new TypeError(`trusted proxy ${JSON.stringify(text)} is not an address or CIDR block`);
  if (length === 0) throw new TypeError(`trusted proxy ${text} would trust every address`);
  return [parsed, length];
}

function isIn(address: Address, blocks: readonly Block[]): boolean {
  return blocks.some(([network, length]) => {
    if (address.kind() !== network.kind()) return false;
    return address.match(network, length);
  });
}

/**
 * Compiles a list of trusted proxies (addresses or CIDR blocks) to a resolver.
 *
 * @throws TypeError when an entry is malformed or would trust every address.
 * @example
 * const clientAddress = createClientAddressResolver(["10.0.0.0/8"]);
 * clientAddress("10.0.0.7", "6.6.6.6, 203.0.113.9"); // "203.0.113.9"
 * clientAddress("203.0.113.9", "6.6.6.6"); // "203.0.113.9"
 */
export function createClientAddressResolver(
  trustedProxies: readonly string[],
): ClientAddressResolver {
  const blocks = trustedProxies.map(parseBlock);
  // The peers of one process are few: remembering their canonical form saves parsing each time.
  const known = new Map<string, { readonly text: string; readonly trusted: boolean }>();

  function describe(peer: string): { readonly text: string; readonly trusted: boolean } {
    const remembered = known.get(peer);
    if (remembered !== undefined) return remembered;
    const parsed = parseAddress(peer);
    const described =
      parsed === undefined
        ? { text: unknownAddress, trusted: false }
        : { text: parsed.toString(), trusted: isIn(parsed, blocks) };
    if (known.size >= 4096) known.clear();
    known.set(peer, described);
    return described;
  }

  return (peer, forwardedFor) => {
    if (peer === undefined) return unknownAddress;
    const nearest = describe(peer);
    if (!nearest.trusted || forwardedFor === undefined) return nearest.text;
    const hops = forwardedFor.split(",");
    let client = nearest.text;
    for (let index = hops.length - 1; index >= 0; index--) {
      const parsed = parseAddress((hops[index] ?? "").trim());
      // Garbage ends the walk: what stands left of it was not written by a trusted hop.
      if (parsed === undefined) return client;
      client = parsed.toString();
      if (!isIn(parsed, blocks)) return client;
    }
    return client;
  };
}

/**
 * The key under which an address is counted: IPv4 whole, IPv6 by its /64, since one subscriber
 * holds at least that much.
 *
 * @example
 * addressKey("2001:db8:1:2:3::4"); // "2001:db8:1:2::/64"
 * addressKey("203.0.113.9"); // "203.0.113.9"
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const parsed = parseAddress(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed?.toString() ?? unknownAddress;
  const parts = [...parsed.parts.slice(0, 4), 0, 0, 0, 0];
  return `${new ipaddr.IPv6(parts).toString()}/64`;
}
