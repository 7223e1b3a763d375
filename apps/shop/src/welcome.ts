/** What `npm start` says in development: where things are, and five things to try in a shell. */

import { join } from "node:path";
import { writePrivately } from "./secrets.ts";
import type { DemoAccount } from "./seed.ts";
import type { Shop } from "./shop.ts";

/** One thing to try. */
export interface ThingToTry {
  readonly title: string;
  /** Lines for bash or zsh; they use the variables of {@link writeDemoShell}. */
  readonly lines: readonly string[];
}

/** What a newcomer can try; the README shows the same lines, and a test runs them. */
export const thingsToTry: readonly ThingToTry[] = [
  {
    title: "Sign in as alice",
    lines: [
      `AUTH="authorization: Bearer $(curl -s $API/api/auth/token -H "$JSON" -d "$ALICE" | cut -d '"' -f 4)"`,
    ],
  },
  {
    title: "Read the own profile",
    lines: [`curl -sw '\\n' $API/api/users/me -H "$AUTH"`],
  },
  {
    title: "Read the profile of bob: refused, 403",
    lines: [`curl -sw '\\n' $API/api/users/$BOB -H "$AUTH"`],
  },
  {
    title: "Order tea, validate, execute twice: the second time is refused, 409",
    lines: [
      `TEA=$(curl -s "$API/api/search?q=tea" | cut -d '"' -f 6)`,
      `ORDER=$(curl -s $API/api/orders -H "$AUTH" -H "$JSON" -d '{"items":[{"product_id":"'$TEA'","quantity":1}]}' | cut -d '"' -f 4)`,
      `for STEP in validate execute execute; do curl -sw '\\n' -X POST $API/api/orders/$ORDER/$STEP -H "$AUTH"; done`,
    ],
  },
  {
    title: "Let the shop fetch the metadata of the cloud: refused, 422",
    lines: [
      `curl -sw '\\n' $API/api/fetch-metadata -H "$AUTH" -H "$JSON" -d '{"url":"http://169.254.169.254/"}'`,
    ],
  },
];

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Writes `demo.sh` into the data folder, for its owner alone: the variables of the things to try.
 * Returns its path.
 */
export function writeDemoShell(
  folder: string,
  origin: string,
  accounts: readonly DemoAccount[],
): string {
  const path = join(folder, "demo.sh");
  const of = (name: string): DemoAccount | undefined =>
    accounts.find(({ username }) => username === name);
  const { username = "", password = "" } = of("alice") ?? {};
  const lines = [
    "# Read by a shell: `. demo.sh`. Written at each start in development.",
    `API=${quoted(origin)}`,
    `JSON='content-type: application/json'`,
    `ALICE=${quoted(JSON.stringify({ username, password }))}`,
    `BOB=${quoted(of("bob")?.id ?? "")}`,
    "",
  ];
  writePrivately(path, lines.join("\n"));
  return path;
}

function accountLines({ demoAccounts, demoAccountsFile }: Started): readonly string[] {
  if (demoAccounts.length === 0) return [`Demo accounts: see ${demoAccountsFile}, made before.`];
  const width = Math.max(...demoAccounts.map(({ username }) => username.length));
  return [
    `Demo accounts, shown this once and kept in ${demoAccountsFile}:`,
    ...demoAccounts.map(
      ({ username, password, roles }) =>
        `  ${username.padEnd(width)}  ${password}  (${roles.join(", ")})`,
    ),
  ];
}

type Started = Pick<Shop, "origin" | "operationsOrigin" | "demoAccounts" | "demoAccountsFile">;

function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : quoted(path);
}

/** The text that `npm start` prints. */
export function welcome(shop: Started, shellFile: string, principalsFile: string): string {
  const { origin, operationsOrigin } = shop;
  return [
    "",
    `Sekisho shop    ${origin}`,
    `Documentation   ${origin}/docs`,
    `Metrics         ${operationsOrigin}/metrics`,
    `Attack it       npm run attack -- ${origin} --principals ${shellWord(principalsFile)}`,
    "",
    ...accountLines(shop),
    "",
    "Five things to try in another terminal, in this folder:",
    "",
    `   . ${shellWord(shellFile)}`,
    ...thingsToTry.flatMap(({ title, lines }, index) => [
      "",
      `${index + 1}. ${title}`,
      ...lines.map((line) => `   ${line}`),
    ]),
    "",
    "Refusals are logged below (SHOP_LOG=info logs every request). Stop with Ctrl-C.",
    "",
  ].join("\n");
}
