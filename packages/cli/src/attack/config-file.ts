/**
 * The config file: settings of a project that need not be typed each time.
 *
 * Promise: a key that nobody knows is refused, so that a misspelt limit is no missing limit.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { CommandFault, messageOf } from "../fault.ts";
import { nearest } from "../nearest.ts";
import type { Surroundings } from "../surroundings.ts";
import type { RawSetting, RawSettings } from "./raw-settings.ts";
import { configKeys, settingNames } from "./setting-names.ts";

/** The names under which a config file is found in the working folder. */
export const configFileNames = [
  "sekisho.attack.yaml",
  "sekisho.attack.yml",
  "sekisho.attack.json",
] as const;

/** A config file that was read. */
export interface ConfigFile {
  readonly path: string;
  readonly settings: RawSettings;
}

type Reading = Pick<Surroundings, "folder" | "exists" | "readFile">;

/**
 * Reads the named config file, or the one of the working folder; `undefined` when there is none.
 *
 * @throws CommandFault when it cannot be read, is malformed, or the folder has several.
 */
export function readConfigFile(
  surroundings: Reading,
  named: string | undefined,
): ConfigFile | undefined {
  const path =
    named === undefined ? findConfigFile(surroundings) : resolve(surroundings.folder, named);
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = surroundings.readFile(path);
  } catch (error) {
    throw new CommandFault(`the config file cannot be read: ${messageOf(error)}`);
  }
  return { path, settings: settingsIn(text, path) };
}

function findConfigFile({ folder, exists }: Reading): string | undefined {
  const [path, other] = configFileNames.map((name) => join(folder, name)).filter(exists);
  if (path !== undefined && other !== undefined)
    throw new CommandFault(
      `${basename(path)} and ${basename(other)} are both here: say which with --config`,
    );
  return path;
}

function settingsIn(text: string, path: string): RawSettings {
  const name = basename(path);
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new CommandFault(`${name} is neither YAML nor JSON: ${firstLine(messageOf(error))}`);
  }
  if (content === null || content === undefined) return new Map();
  if (typeof content !== "object" || Array.isArray(content))
    throw new CommandFault(`${name} must hold settings by name, such as "rate: 20"`);
  const settings = new Map<string, RawSetting>();
  for (const [key, value] of Object.entries(content)) {
    if (!configKeys.includes(key)) throw new CommandFault(unknownKey(name, key));
    if (value === null) continue;
    settings.set(key, { value, from: `${name}: ${key}`, folder: dirname(path) });
  }
  return settings;
}

function unknownKey(name: string, key: string): string {
  if (settingNames.some((setting) => setting.key === key))
    return `${name}: ${key} is for the command line alone`;
  // Also "maxRequests" and "max_requests" are meant as "max-requests".
  const dashed = key.replaceAll(/([a-z])([A-Z])/g, "$1-$2").replaceAll("_", "-");
  const meant = nearest(dashed, configKeys);
  return `${name}: there is no setting ${JSON.stringify(key)}${
    meant === undefined ? `; there are ${configKeys.join(", ")}` : `; did you mean ${meant}?`
  }`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
