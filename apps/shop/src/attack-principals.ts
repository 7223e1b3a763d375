/** Who `sekisho attack` can speak for in development: the demo accounts, as a principals file. */

import { join } from "node:path";
import { writePrivately } from "./secrets.ts";
import type { DemoAccount } from "./seed.ts";

/** Quoted as YAML and JSON both read it. */
const quoted = JSON.stringify;

function entryOf({ username, password, id, roles }: DemoAccount): readonly string[] {
  const role = roles.includes("admin") ? "admin" : "user";
  return [
    `  - name: ${quoted(username)}`,
    `    role: ${role}`,
    `    login:`,
    `      request: POST /api/auth/token`,
    `      body: { username: ${quoted(username)}, password: ${quoted(password)} }`,
    `      token: /access_token`,
    `    facts: { id: ${quoted(id)}, username: ${quoted(username)} }`,
  ];
}

/**
 * Writes `attack-principals.yaml` into the data folder, for its owner alone. Returns its path.
 */
export function writeAttackPrincipals(folder: string, accounts: readonly DemoAccount[]): string {
  const path = join(folder, "attack-principals.yaml");
  const lines = [
    "# For `sekisho attack --principals`. Written at each start in development.",
    accounts.length === 0 ? "principals: []" : "principals:",
    ...accounts.flatMap(entryOf),
    "",
  ];
  writePrivately(path, lines.join("\n"));
  return path;
}
