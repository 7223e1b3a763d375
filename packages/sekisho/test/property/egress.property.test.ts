import assert from "node:assert/strict";
import { isIP, isIPv6 } from "node:net";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { addressBlocks, checkDestination, classifyAddress, globalUnicast } from "sekisho/egress";

/** An address as a number; written here without the code under test. */
function numberOf(groups: readonly number[], bits: number): bigint {
  return groups.reduce((sum, group) => (sum << BigInt(bits)) + BigInt(group), 0n);
}

/** First and last address of a block; IPv6 blocks in the table have no dotted part. */
function rangeOf(block: string): { family: 4 | 6; first: bigint; last: bigint } {
  const [address = "", length = ""] = block.split("/");
  const family = address.includes(":") ? 6 : 4;
  const size = family === 4 ? 32 : 128;
  const free = BigInt(size - Number(length));
  const first = family === 4 ? ipv4Number(address) : ipv6Number(address);
  return { family, first, last: first + (1n << free) - 1n };
}

function ipv4Number(text: string): bigint {
  return numberOf(text.split(".").map(Number), 8);
}

function ipv6Number(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return numberOf(
    groups.map((group) => Number.parseInt(group, 16)),
    16,
  );
}

const closed = addressBlocks.map(({ block }) => rangeOf(block));
const open = rangeOf(globalUnicast);

function isClosed(family: 4 | 6, value: bigint): boolean {
  return closed.some(
    (range) => range.family === family && value >= range.first && value <= range.last,
  );
}

function isPublic(family: 4 | 6, value: bigint): boolean {
  if (isClosed(family, value)) return false;
  if (family === 4) return true;
  const isIsatap = ((value >> 32n) & 0xfdff_ffffn) === 0x0000_5efen;
  return value >= open.first && value <= open.last && !isIsatap;
}

/** Numbers of a family: anywhere, and next to a border. */
function addressNumber(family: 4 | 6): fc.Arbitrary<bigint> {
  const size = family === 4 ? 32n : 128n;
  const borders = [...closed, open]
    .filter((range) => range.family === family)
    .flatMap(({ first, last }) => [first, last]);
  const near = fc
    .tuple(fc.constantFrom(...borders), fc.bigInt({ min: -2n, max: 2n }))
    .map(([border, step]) => BigInt.asUintN(Number(size), border + step));
  const anywhere = fc.bigInt({ min: 0n, max: (1n << size) - 1n });
  const isatap = anywhere.map((value) =>
    family === 4 ? value : ((value >> 64n) << 64n) | (0x0200_5efen << 32n) | (value & 0xffff_ffffn),
  );
  return fc.oneof(near, anywhere, isatap);
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
}

function groupsOf(value: bigint): string[] {
  return Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
}

/** Every kind of RFC 4291 spelling: full, padded, upper case, compressed, with a dotted tail. */
function ipv6Texts(value: bigint): string[] {
  const groups = groupsOf(value);
  const dotted = [...groups.slice(0, 6), ipv4Text(value & 0xffff_ffffn)];
  const compressed = [groups, dotted].flatMap((parts) =>
    parts.flatMap((_, start) =>
      [1, 2, 3, 6].flatMap((length) =>
        parts.slice(start, start + length).every((part) => part === "0") &&
        start + length <= parts.length
          ? [`${parts.slice(0, start).join(":")}::${parts.slice(start + length).join(":")}`]
          : [],
      ),
    ),
  );
  const padded = groups.map((group) => group.padStart(4, "0")).join(":");
  return [groups.join(":"), padded, padded.toUpperCase(), dotted.join(":"), ...compressed];
}

describe("classifyAddress, for any address in any spelling", () => {
  it("IPv4: allows exactly what lies outside the closed blocks", () => {
    fc.assert(
      fc.property(addressNumber(4), (value) => {
        const decision = classifyAddress(ipv4Text(value));
        assert.equal(decision.effect === "allow", isPublic(4, value));
      }),
      { numRuns: 2_000 },
    );
  });

  it("IPv6: allows exactly global unicast outside the closed blocks", () => {
    fc.assert(
      fc.property(addressNumber(6), (value) => {
        for (const text of ipv6Texts(value)) {
          assert.ok(isIPv6(text), text);
          const decision = classifyAddress(text);
          assert.equal(decision.effect === "allow", isPublic(6, value), text);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads nothing that the platform does not read as an address", () => {
    const texts = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."0123456789abcdef:.x%[]/ ".split("")), maxLength: 24 }),
      fc.string({ unit: "binary", maxLength: 24 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        if (classifyAddress(text).effect === "allow") assert.notEqual(isIP(text), 0, text);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("checkDestination, for any text", () => {
  const policy = { schemes: ["https"], hosts: "public" as const, ports: [443] };
  const pieces = fc.constantFrom(
    ..."https:// http: \\ / @ # ? . : % %2e %00 %5c 127.0.0.1 0x7f.1 2130706433 [::1] [::ffff:7f00:1] example.com localhost ① 。 ß xn-- \t \n ; & = a 443 8.8.8.8".split(
      " ",
    ),
    " ",
  );
  const urls = fc.oneof(
    fc.array(pieces, { maxLength: 8 }).map((parts) => `https://${parts.join("")}`),
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
    fc.webUrl({ validSchemes: ["https"], withQueryParameters: true }),
  );

  it("judges and hands on one host: a second reading of the result finds the same one", async () => {
    await fc.assert(
      fc.asyncProperty(urls, async (text) => {
        const asked: string[] = [];
        const decision = await checkDestination(text, policy, (host) => {
          asked.push(host);
          return Promise.resolve([{ address: "8.8.8.8", family: 4 as const }]);
        });
        if (decision.effect === "deny") return;
        const again = new URL(decision.url.href);
        const host = decision.url.hostname;
        assert.equal(again.hostname, host);
        assert.equal(again.username + again.password, "");
        assert.equal(again.port, "");
        const literal = host.startsWith("[") ? host.slice(1, -1) : host;
        if (isIP(literal) === 0) {
          assert.deepEqual(asked, [host]);
          assert.match(host, /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/);
        } else {
          assert.deepEqual(asked, []);
          assert.equal(classifyAddress(literal).effect, "allow");
          assert.deepEqual(
            decision.addresses.map(({ address }) => address),
            [literal],
          );
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("never allows a destination of which one address is not public", async () => {
    const answer = fc.oneof(
      addressNumber(4).map((value) => ({ value, family: 4 as const, address: ipv4Text(value) })),
      addressNumber(6).map((value) => ({
        value,
        family: 6 as const,
        address: groupsOf(value).join(":"),
      })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 4 }), async (answers) => {
        const decision = await checkDestination("https://example.com/", policy, () =>
          Promise.resolve(answers),
        );
        const expected =
          answers.length > 0 && answers.every(({ family, value }) => isPublic(family, value));
        assert.equal(decision.effect === "allow", expected);
      }),
      { numRuns: 1_000 },
    );
  });
});
