/**
 * Header fields and structured fields: valid and invalid values.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import {
  checkHeader,
  parseDictionary,
  parseItem,
  parseList,
  type BareItem,
  type FieldMember,
  type Parameters,
} from "sekisho/hardening";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

interface HeaderCase {
  readonly id: string;
  readonly header: string;
  readonly value: string;
  readonly valid: boolean;
}

interface StructuredCase {
  readonly id: string;
  readonly raw: readonly string[];
  readonly headerType: "item" | "list" | "dictionary";
  readonly expected?: unknown;
  readonly mustFail?: boolean;
  readonly canFail?: boolean;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The suite writes bytes in base32 (RFC 4648 §6). */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  const text = groups.map((group) => alphabet[parseInt(group.padEnd(5, "0"), 2)]).join("");
  return text.padEnd(Math.ceil(text.length / 8) * 8, "=");
}

function bareOf(item: BareItem): unknown {
  switch (item.kind) {
    case "bytes":
      return { __type: "binary", value: base32(item.value) };
    case "token":
    case "date":
      return { __type: item.kind, value: item.value };
    case "display-string":
      return { __type: "displaystring", value: item.value };
    case "integer":
    case "decimal":
    case "string":
    case "boolean":
      return item.value;
  }
}

function parametersOf(parameters: Parameters): unknown {
  return [...parameters].map(([key, value]) => [key, bareOf(value)]);
}

function memberOf(member: FieldMember): unknown {
  return "item" in member
    ? [bareOf(member.item), parametersOf(member.parameters)]
    : [member.items.map(memberOf), parametersOf(member.parameters)];
}

function parse(one: StructuredCase): unknown {
  const text = one.raw.join(", ");
  switch (one.headerType) {
    case "item": {
      const item = parseItem(text);
      return item && memberOf(item);
    }
    case "list":
      return parseList(text)?.map(memberOf);
    case "dictionary": {
      const members = parseDictionary(text);
      return members && [...members].map(([key, member]) => [key, memberOf(member)]);
    }
  }
}

function differenceOf(one: StructuredCase): CorpusDifference | undefined {
  const actual = parse(one);
  const isRight =
    one.mustFail === true
      ? actual === undefined
      : (actual === undefined && one.canFail === true) ||
        // Minus zero is zero in the suite's JSON.
        isDeepStrictEqual(JSON.parse(JSON.stringify(actual ?? null)), one.expected);
  if (isRight) return undefined;
  return {
    id: one.id,
    expected: one.mustFail === true ? "malformed" : JSON.stringify(one.expected),
    actual: JSON.stringify(actual) ?? "malformed",
    reason: "unexplained",
  };
}

/** Runs the corpus `headers.json`: the fields' values and the suite of structured fields. */
export async function run(read: ReadCorpus): Promise<CorpusReport> {
  const file = "headers.json";
  const corpus = read(file) as {
    readonly cases: readonly HeaderCase[];
    readonly structuredFields: readonly StructuredCase[];
  };
  const differences: CorpusDifference[] = [];
  for (const { header, id, valid, value } of corpus.cases) {
    const decision = checkHeader(header, value);
    if ((decision.effect === "allow") === valid) continue;
    const actual = decision.effect === "allow" ? "valid" : decision.reason;
    const expected = valid ? "valid" : "invalid";
    differences.push({ id, expected, actual, reason: "unexplained" });
  }
  for (const one of corpus.structuredFields) {
    const difference = differenceOf(one);
    if (difference !== undefined) differences.push(difference);
  }
  const total = corpus.cases.length + corpus.structuredFields.length;
  return { file, passed: total - differences.length, total, differences };
}
