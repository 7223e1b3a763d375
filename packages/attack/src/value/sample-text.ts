/**
 * Texts within what a schema allows. Free texts are canaries, which are recognised wherever they
 * come back.
 *
 * @module
 */

import { textOf } from "../document/node.ts";
import type { Schema } from "../document/operation.ts";
import { expressionOf, matches, textMatching } from "./pattern.ts";
import type { SampleContext } from "./sample-context.ts";
import {
  freshByName,
  isFreeText,
  isIdName,
  isPasswordName,
  markOf,
  passwordOf,
  textByName,
} from "./values-by-name.ts";

/** A text for a schema of type string; a `renewed` one differs from the examples and from earlier ones. */
export function sampleText(schema: Schema, context: SampleContext, renewed: boolean): string {
  const fits = fitting(schema);
  const format = textOf(schema["format"]).toLowerCase();
  const found = candidatesOf(schema, format, context, renewed).find(fits);
  if (found !== undefined) return found;
  const pattern = textOf(schema["pattern"]);
  const expression = pattern === "" ? undefined : expressionOf(pattern);
  const lengthFits = fitting({ ...schema, pattern: "" });
  const made =
    expression && textMatching(expression, lengthFits, Math.floor(context.random() * 2 ** 31));
  return made ?? stretched(textByName(context.name, context) ?? canary(schema, context), schema);
}

/** Whether a text is within length and pattern of a schema. */
function fitting(schema: Schema): (text: string) => boolean {
  const shortest = numberOf(schema["minLength"]) ?? 0;
  const longest = numberOf(schema["maxLength"]) ?? Number.POSITIVE_INFINITY;
  const pattern = textOf(schema["pattern"]);
  const expression = pattern === "" ? undefined : expressionOf(pattern);
  return (text) =>
    text.length >= shortest &&
    text.length <= longest &&
    (expression === undefined || matches(expression, text));
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** What might do, best first. */
function candidatesOf(
  schema: Schema,
  format: string,
  context: SampleContext,
  renewed: boolean,
): readonly string[] {
  const { name, style } = context;
  const shown = [schema["example"], context.example, schema["default"]]
    .filter((value) => typeof value === "string" || typeof value === "number")
    .map(String)
    .filter((value) => value !== "" && !isPlaceholder(value));
  const isPhone = /phone|mobile|number$|msisdn/i.test(name) && format === "";
  const alike = shown
    .filter((value) => renewed || (isPhone && /^\+?\d[\d -]{7,14}$/.test(value)))
    .map((value) => redrawn(value, context.random));
  const given = renewed ? [] : shown;
  const fresh = [freshByName(name, context)].filter((value) => value !== undefined);
  const byName = isPhone ? [...alike, ...fresh] : fresh;
  const byFormat = formatted(format, context);
  const plausible = [textByName(name, context)].filter((value) => value !== undefined);
  const marks = [canary(schema, context), ...otherMarks(context)];
  if (style.verbatim) return [...given, ...byName, ...byFormat, ...plausible, ...marks];
  if (isPassword(name, format)) return [passwordOf(context.runId), ...shortPasswords, ...given];
  if (format === "email") return [...byFormat, ...given];
  if (byName.length > 0) return [...byName, ...given, ...marks];
  if (byFormat.length > 0) return [...given, ...byFormat];
  if (isFreeText(name)) return [...marks, ...given, ...plausible];
  if (isIdName(name)) return [...given, ...alike, "1", ...marks];
  return [...given, ...alike, ...plausible, ...marks];
}

/** Another value of the same form: digits for digits, letters for letters, the first sign kept. */
function redrawn(value: string, random: () => number): string {
  const draw = (first: number, count: number): string =>
    String.fromCodePoint(first + Math.floor(random() * count));
  return value.replaceAll(/(?!^)[\da-z]/gi, (sign) => {
    if (/\d/.test(sign)) return draw(48, 10);
    return /[a-z]/.test(sign) ? draw(97, 26) : draw(65, 26);
  });
}

const shortPasswords = ["Cnry7kQ!vT2z", "Cnry-7kQ", "4821"];

function isPassword(name: string, format: string): boolean {
  return format === "password" || isPasswordName(name);
}

/** What generators of documents write where an example should stand. */
function isPlaceholder(value: string): boolean {
  return /^(string|text|<.*>|\.\.\.)$/i.test(value);
}

/** A mark that is found again: "cnry", the run, a number; shorter where there is no room. */
function canary(schema: Schema, { runId, next }: SampleContext): string {
  const number = next();
  const longest = numberOf(schema["maxLength"]) ?? 64;
  const full = markOf(runId, number);
  const short = `c${number.toString(36)}`;
  const mark = full.length <= longest ? full : short.slice(0, Math.max(0, longest));
  const shortest = numberOf(schema["minLength"]) ?? 0;
  return mark.length >= shortest ? mark : stretched(mark, schema);
}

/** Marks for patterns that want something else than small letters and digits. */
function otherMarks({ runId, serial }: SampleContext): readonly string[] {
  const letters = `${runId}${serial}`
    .split("")
    .map((sign) => String.fromCodePoint(97 + ((Number.parseInt(sign, 36) || 0) % 26)));
  const word = `cnry${letters.join("")}`;
  const capital = `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
  return [capital, word, word.toUpperCase(), `${capital} Canary`];
}

function stretched(text: string, schema: Schema): string {
  const shortest = Math.min(numberOf(schema["minLength"]) ?? 0, 100_000);
  const longest = numberOf(schema["maxLength"]) ?? Number.POSITIVE_INFINITY;
  return text.padEnd(shortest, "x").slice(0, longest);
}

function formatted(format: string, { random, runId, serial }: SampleContext): readonly string[] {
  switch (format) {
    case "uuid":
    case "guid":
      return [uuid(random)];
    case "email":
    case "idn-email":
      return [`${markOf(runId, serial)}@example.com`];
    case "date":
      return ["2031-03-15", "1990-04-12"];
    case "date-time":
    case "datetime":
    case "timestamp":
      return ["2031-03-15T10:00:00Z", "2031-03-15T10:00:00.000Z", "2031-03-15T10:00:00"];
    case "time":
      return ["10:00:00Z", "10:00:00", "10:00"];
    case "duration":
      return ["PT1H"];
    case "uri":
    case "url":
    case "iri":
      return ["https://example.com/", "https://example.com", "http://example.com/"];
    case "uri-reference":
    case "iri-reference":
      return ["/"];
    case "hostname":
      return ["example.com"];
    case "ipv4":
    case "ip":
      return ["192.0.2.10"];
    case "ipv6":
      return ["2001:db8::10"];
    case "byte":
    case "base64":
      return ["Y25yeQ=="];
    case "binary":
      return [markOf(runId, serial)];
    case "json-pointer":
      return ["/a"];
    case "regex":
      return ["^a$"];
    case "decimal":
    case "numeric":
    case "int64":
    case "int32":
    case "integer":
      return ["1"];
    default:
      return [];
  }
}

function uuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  digits[12] = "4";
  digits[16] = "8";
  const text = digits.join("");
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    text.slice(12, 16),
    text.slice(16, 20),
    text.slice(20),
  ].join("-");
}
