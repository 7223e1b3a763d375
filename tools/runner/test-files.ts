/**
 * Which test files there are, and which of them need a running service and its database.
 *
 * @module
 */

import { globSync } from "node:fs";
import type { GroupName } from "./options.ts";

const places = [
  "packages/*/test/**/*.test.ts",
  "apps/*/test/**/*.test.ts",
  "tools/test/*.test.ts",
] as const;

/** Every test file, relative to the root, sorted. */
export function testFiles(root: string, patterns: readonly string[]): readonly string[] {
  return globSync([...places], { cwd: root, exclude: ["**/node_modules/**"] })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => patterns.length === 0 || patterns.some((part) => path.includes(part)))
    .toSorted();
}

/**
 * A file runs once, or with the embedded stores and with the servers; one named `.servers.test.ts`
 * with the servers only.
 */
export function isInGroup(path: string, group: GroupName): boolean {
  if (path.endsWith(".servers.test.ts")) return group === "servers";
  const needsService = path.startsWith("apps/") || path.endsWith(".service.test.ts");
  return needsService === (group !== "unit");
}
