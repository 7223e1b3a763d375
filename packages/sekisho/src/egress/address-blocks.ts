/**
 * The address blocks that this service never connects to, as data with their sources (API7.V3).
 *
 * Promise: each row names why it is closed and who says so. Limits: rows are the special-purpose
 * blocks whose hosts are not ordinary public hosts; blocks that IANA calls globally reachable stay
 * open, and IPv6 needs no row for what lies outside {@link globalUnicast}.
 *
 * @module
 */

/** Why a block is closed; one name per kind of network. */
export type BlockReason =
  | "this-network"
  | "private"
  | "shared-address-space"
  | "loopback"
  | "link-local"
  | "protocol-assignment"
  | "documentation"
  | "six-to-four-relay"
  | "benchmarking"
  | "multicast"
  | "reserved"
  | "cloud-platform"
  | "unspecified"
  | "ipv4-mapped"
  | "ipv4-compatible"
  | "ipv4-translated"
  | "nat64"
  | "discard"
  | "unique-local"
  | "site-local"
  | "segment-routing"
  | "teredo"
  | "six-to-four";

/** One closed block in CIDR notation, with the document that reserves it. */
export interface AddressBlock {
  readonly block: string;
  readonly reason: BlockReason;
  readonly source: string;
}

/**
 * The only part of IPv6 that holds public hosts (RFC 4291 §2.4, IANA IPv6 address space).
 *
 * @example
 * globalUnicast; // "2000::/3": whatever lies outside is refused
 */
export const globalUnicast = "2000::/3";

/**
 * Every closed block; the first row that matches names the refusal.
 *
 * @example
 * addressBlocks.find(({ block }) => block === "100.64.0.0/10")?.source; // "RFC 6598"
 */
export const addressBlocks: readonly AddressBlock[] = [
  { block: "0.0.0.0/8", reason: "this-network", source: "RFC 791 §3.2" },
  { block: "10.0.0.0/8", reason: "private", source: "RFC 1918" },
  { block: "100.64.0.0/10", reason: "shared-address-space", source: "RFC 6598" },
  { block: "127.0.0.0/8", reason: "loopback", source: "RFC 1122 §3.2.1.3" },
  { block: "168.63.129.16/32", reason: "cloud-platform", source: "Azure virtual public address" },
  { block: "169.254.0.0/16", reason: "link-local", source: "RFC 3927" },
  { block: "172.16.0.0/12", reason: "private", source: "RFC 1918" },
  { block: "192.0.0.0/24", reason: "protocol-assignment", source: "RFC 6890 §2.1" },
  { block: "192.0.2.0/24", reason: "documentation", source: "RFC 5737" },
  { block: "192.88.99.0/24", reason: "six-to-four-relay", source: "RFC 7526" },
  { block: "192.168.0.0/16", reason: "private", source: "RFC 1918" },
  { block: "198.18.0.0/15", reason: "benchmarking", source: "RFC 2544" },
  { block: "198.51.100.0/24", reason: "documentation", source: "RFC 5737" },
  { block: "203.0.113.0/24", reason: "documentation", source: "RFC 5737" },
  { block: "224.0.0.0/4", reason: "multicast", source: "RFC 5771" },
  { block: "240.0.0.0/4", reason: "reserved", source: "RFC 1112 §4" },

  { block: "::/128", reason: "unspecified", source: "RFC 4291 §2.5.2" },
  { block: "::1/128", reason: "loopback", source: "RFC 4291 §2.5.3" },
  { block: "::ffff:0:0/96", reason: "ipv4-mapped", source: "RFC 4291 §2.5.5.2" },
  { block: "::ffff:0:0:0/96", reason: "ipv4-translated", source: "RFC 2765 §2.1" },
  { block: "::/96", reason: "ipv4-compatible", source: "RFC 4291 §2.5.5.1" },
  { block: "64:ff9b::/96", reason: "nat64", source: "RFC 6052" },
  { block: "64:ff9b:1::/48", reason: "nat64", source: "RFC 8215" },
  { block: "100::/64", reason: "discard", source: "RFC 6666" },
  { block: "100:0:0:1::/64", reason: "discard", source: "RFC 9780" },
  { block: "5f00::/16", reason: "segment-routing", source: "RFC 9602" },
  { block: "fc00::/7", reason: "unique-local", source: "RFC 4193" },
  { block: "fe80::/10", reason: "link-local", source: "RFC 4291 §2.5.6" },
  { block: "fec0::/10", reason: "site-local", source: "RFC 3879" },
  { block: "ff00::/8", reason: "multicast", source: "RFC 4291 §2.7" },
  { block: "2001::/32", reason: "teredo", source: "RFC 4380" },
  { block: "2001::/23", reason: "protocol-assignment", source: "RFC 2928" },
  { block: "2001:db8::/32", reason: "documentation", source: "RFC 3849" },
  { block: "2002::/16", reason: "six-to-four", source: "RFC 3056" },
  { block: "3fff::/20", reason: "documentation", source: "RFC 9637" },
];
