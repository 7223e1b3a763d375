/**
 * Settings as somebody wrote them, and the readers that turn them into values.
 *
 * Promise: what is malformed is refused with the place where it was written. Values of secrets are
 * no settings: only the names of their environment variables are.
 *
 * @module
 */

import { resolve } from "node:path";
import { CommandFault } from "../fault.ts";

/** One setting as it was written. */
export interface RawSetting {
  readonly value: unknown;
  /** Where it was written, such as `--rate` or `sekisho.attack.yaml: rate`. */
  readonly from: string;
  /** The folder from which it names files. */
  readonly folder: string;
}

/** Settings by key. */
export type RawSettings = ReadonlyMap<string, RawSetting>;

const isAddress = (text: string): boolean => /^https?:\/\//i.test(text);

/** A text; `undefined` when it was not given. */
export function textOf(settings: RawSettings, key: string): string | undefined {
  const setting = settings.get(key);
  if (setting === undefined) return undefined;
  if (typeof setting.value === "string" && setting.value !== "") return setting.value;
  throw new CommandFault(`${setting.from} takes a text`);
}

/** The texts of a list; one text alone is a list of one. */
export function textsOf(settings: RawSettings, key: string): readonly string[] {
  const setting = settings.get(key);
  if (setting === undefined) return [];
  const values: readonly unknown[] = Array.isArray(setting.value) ? setting.value : [setting.value];
  return values.map((value) => {
    if (typeof value === "string" && value !== "") return value;
    throw new CommandFault(`${setting.from} takes a text or a list of texts`);
  });
}

/** The words of a list, also where several stand in one text. */
export function wordsOf(settings: RawSettings, key: string): readonly string[] {
  return textsOf(settings, key).flatMap((text) =>
    text
      .split(/[\s,]+/)
      .map((word) => word.trim())
      .filter((word) => word !== ""),
  );
}

/** Whether a flag is set. */
export function flagOf(settings: RawSettings, key: string): boolean {
  const setting = settings.get(key);
  if (setting === undefined) return false;
  if (typeof setting.value === "boolean") return setting.value;
  throw new CommandFault(`${setting.from} takes true or false`);
}

/** A number above zero, or from zero on; `undefined` when it was not given. */
export function numberOf(
  settings: RawSettings,
  key: string,
  rule: { readonly whole: boolean; readonly zero: boolean },
): number | undefined {
  const setting = settings.get(key);
  if (setting === undefined) return undefined;
  const { value, from } = setting;
  const number =
    typeof value === "string" && /^\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : value;
  const fits =
    typeof number === "number" &&
    Number.isFinite(number) &&
    (rule.whole ? Number.isSafeInteger(number) : true) &&
    (rule.zero ? number >= 0 : number > 0);
  if (fits) return number;
  const kind = rule.whole ? "whole number" : "number";
  const range = rule.zero ? "from 0 on" : "above 0";
  throw new CommandFault(`${from} takes a ${kind} ${range}, not ${JSON.stringify(value)}`);
}

/** The full name of a file. */
export function fileOf(settings: RawSettings, key: string): string | undefined {
  const text = textOf(settings, key);
  return text === undefined ? undefined : resolve(settings.get(key)?.folder ?? "", text);
}

/** A URL, or the full name of a file. */
export function placeOf(settings: RawSettings, key: string): string | undefined {
  const text = textOf(settings, key);
  return text === undefined || isAddress(text) ? text : fileOf(settings, key);
}

/** The full name of a file to write, or "-" for standard output. */
export function outputOf(settings: RawSettings, key: string): string | undefined {
  const text = textOf(settings, key);
  return text === "-" ? text : fileOf(settings, key);
}

/** Secrets by operation: the settings name environment variables, which are read here. */
export function secretsOf(
  settings: RawSettings,
  key: string,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const setting = settings.get(key);
  if (setting === undefined) return {};
  const secrets: Record<string, string> = {};
  for (const [name, variable] of pairsOf(setting.value, setting.from)) {
    const secret = environment[variable];
    if (secret === undefined || secret === "")
      throw new CommandFault(`${setting.from}: ${absenceOf(variable)}`);
    secrets[name] = secret;
  }
  return secrets;
}

/** Whoever wrote the secret itself in place of its variable does not find it in a log. */
function absenceOf(variable: string): string {
  return /^[A-Z_][A-Z0-9_]*$/.test(variable)
    ? `the environment variable ${variable} is not set`
    : "after = stands the name of an environment variable that is set, not the secret";
}

function pairsOf(value: unknown, from: string): readonly (readonly [string, string])[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return Object.entries(value).map(([name, variable]) => [name, String(variable)] as const);
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.map((text) => {
    const [, name, variable] = /^(.+)=([^=]*)$/s.exec(String(text)) ?? [];
    if (name !== undefined && variable !== undefined) return [name.trim(), variable] as const;
    throw new CommandFault(
      `${from} takes NAME=VARIABLE, the variable being the one that holds the secret`,
    );
  });
}
