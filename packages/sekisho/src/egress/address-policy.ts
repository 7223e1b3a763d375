/**
 * Which addresses this service may connect to (OWASP API7:2023, RFC 6890).
 *
 * Promise: a positive rule. IPv4 is allowed outside the closed blocks; IPv6 is allowed inside
 * 2000::/3 and outside the closed blocks; an address that carries another one inside (mapped,
 * compatible, NAT64, 6to4, Teredo, ISATAP) is refused, whatever it carries. What cannot be read is
 * refused. Limits: it does not know which public addresses are your own; name those in
 * `denyAddresses` of the policy.
 *
 * @module
 */

import ipaddr from "ipaddr.js";
import { deny, type Decision } from "../kernel/index.ts";
import { addressBlocks, globalUnicast, type BlockReason } from "./address-blocks.ts";

/** Version of the Internet Protocol. */
export type AddressFamily = 4 | 6;

/** Why an address is refused. */
export type AddressReason =
  | BlockReason
  | "address-malformed"
  | "zone-id"
  | "not-global-unicast"
  | "isatap"
  | "deny-listed-address";

/** Whether an address may be connected to, with its family. */
export type AddressDecision = Decision<AddressReason, { readonly family: AddressFamily }>;

/** A block made ready for comparison. */
export interface CompiledBlock {
  readonly bytes: readonly number[];
  readonly length: number;
}

const allowed: Readonly<Record<AddressFamily, AddressDecision>> = {
  4: Object.freeze({ effect: "allow", family: 4 }),
  6: Object.freeze({ effect: "allow", family: 6 }),
};

/** Four decimal parts without leading zeros; every other spelling has two readings. */
function parseFourParts(text: string): readonly number[] | undefined {
  return ipaddr.IPv4.isValidFourPartDecimal(text)
    ? ipaddr.IPv4.parse(text).toByteArray()
    : undefined;
}

/**
 * RFC 4291 text. A dotted tail is written in hexadecimal first: ipaddr.js takes octal parts there,
 * and reads `::127.0.0.1` as `::ffff:127.0.0.1`.
 */
function parseColons(text: string): readonly number[] | undefined {
  const tail = text.slice(text.lastIndexOf(":") + 1);
  let plain = text;
  if (tail.includes(".")) {
    const bytes = parseFourParts(tail);
    if (bytes === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    const groups = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    plain = `${text.slice(0, -tail.length)}${groups}`;
  }
  return ipaddr.IPv6.isValid(plain) ? ipaddr.IPv6.parse(plain).toByteArray() : undefined;
}

/** Reads an address without a zone. ipaddr.js parses; its opinion about ranges is not asked. */
function parseAddress(text: string): readonly number[] | undefined {
  if (text.length > 45 || text.includes("%")) return undefined;
  return text.includes(":") ? parseColons(text) : parseFourParts(text);
}

/**
 * Reads a block such as `"10.0.0.0/8"`; an address alone is a block of one.
 *
 * @throws TypeError when it is neither.
 */
export function compileBlock(text: string): CompiledBlock {
  const [address = "", bits, ...rest] = text.split("/");
  const bytes = parseAddress(address);
  const size = (bytes?.length ?? 0) * 8;
  const length = bits === undefined ? size : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (bytes === undefined || rest.length > 0 || length < 0 || length > size)
    throw new TypeError(`${JSON.stringify(text)} is not an address or CIDR block`);
  return { bytes, length };
}

function isIn(bytes: readonly number[], block: CompiledBlock): boolean {
  if (bytes.length !== block.bytes.length) return false;
  const whole = block.length >> 3;
  for (let index = 0; index < whole; index++) if (bytes[index] !== block.bytes[index]) return false;
  const rest = block.length & 7;
  if (rest === 0) return true;
  const shift = 8 - rest;
  return (bytes[whole] ?? 0) >> shift === (block.bytes[whole] ?? 0) >> shift;
}

const closed = addressBlocks.map(({ block, reason }) => ({ reason, ...compileBlock(block) }));
const open = compileBlock(globalUnicast);

/** The interface identifier of RFC 5214 §6.1: 0000:5efe or 0200:5efe, then an IPv4 address. */
function isIsatap(bytes: readonly number[]): boolean {
  return (
    (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
  );
}

/**
 * Decides whether an address is one of the public internet.
 *
 * @example
 * classifyAddress("8.8.8.8"); // { effect: "allow", family: 4 }
 * classifyAddress("::ffff:8.8.8.8"); // { effect: "deny", reason: "ipv4-mapped" }
 * classifyAddress("0x7f.1"); // { effect: "deny", reason: "address-malformed" }
 */
export function classifyAddress(address: string): AddressDecision {
  if (address.includes("%")) return deny("zone-id");
  const bytes = parseAddress(address);
  if (bytes === undefined) return deny("address-malformed");
  const block = closed.find((candidate) => isIn(bytes, candidate));
  if (block !== undefined) return deny(block.reason);
  if (bytes.length === 4) return allowed[4];
  if (!isIn(bytes, open)) return deny("not-global-unicast");
  return isIsatap(bytes) ? deny("isatap") : allowed[6];
}

/** {@link classifyAddress}, and then the operator's own deny list. */
export function classifyAddressFor(
  address: string,
  denied: readonly CompiledBlock[],
): AddressDecision {
  const decision = classifyAddress(address);
  if (decision.effect === "deny" || denied.length === 0) return decision;
  const bytes = parseAddress(address);
  if (bytes !== undefined && denied.some((block) => isIn(bytes, block)))
    return deny("deny-listed-address");
  return decision;
}

/**
 * Whether two spellings name the same address; an IPv4 peer may be reported in mapped form by a
 * dual-stack socket, which is the same peer.
 *
 * @example
 * isSameAddress("2001:db8::1", "2001:DB8:0::1"); // true
 */
export function isSameAddress(one: string, other: string): boolean {
  const [left, right] = [parseAddress(one), parseAddress(other)];
  if (left === undefined || right === undefined) return false;
  const [a, b] = [unmapped(left), unmapped(right)];
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

const mapped = compileBlock("::ffff:0:0/96");

function unmapped(bytes: readonly number[]): readonly number[] {
  return isIn(bytes, mapped) ? bytes.slice(12) : bytes;
}

/** Whether an address is of this machine itself; the only target of a development exception. */
export function isLoopback(address: string): boolean {
  const decision = classifyAddress(address);
  return decision.effect === "deny" && decision.reason === "loopback";
}
