/**
 * What `npm test -- …` was asked for.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** Groups of test files. */
export const groupNames = ["unit", "embedded", "servers"] as const;
export type GroupName = (typeof groupNames)[number];

/** What to run. */
export interface TestOptions {
  readonly groups: readonly GroupName[];
  /** Only files whose path contains one of these; all when empty. */
  readonly patterns: readonly string[];
  /** Types and style are looked at, too. */
  readonly whole: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws TypeError for an unknown option or group.
 */
export function parseOptions(parameters: readonly string[]): TestOptions {
  const { values, positionals } = parseArgs({
    args: [...parameters],
    options: { only: { type: "string", multiple: true } },
    allowPositionals: true,
  });
  const only = (values.only ?? []).flatMap((list) => list.split(","));
  const groups = groupNames.filter((name) => only.length === 0 || only.includes(name));
  const unknown = only.filter((name) => !(groupNames as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new TypeError(`--only ${unknown.join(", ")}: the groups are ${groupNames.join(", ")}`);
  return { groups, patterns: positionals, whole: only.length === 0 && positionals.length === 0 };
}
