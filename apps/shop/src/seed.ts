/** What an empty shop of development is filled with: products and three demo accounts. */

import { readFileSync } from "node:fs";
import { createId, type SqlSession } from "sekisho/kernel";
import { createPerson } from "./accounts.ts";
import { writePrivately } from "./secrets.ts";
import type { Services } from "./services.ts";

/** A demo account as it is written to the file. */
export interface DemoAccount {
  readonly username: string;
  readonly password: string;
  readonly id: string;
  readonly roles: readonly string[];
}

const products: readonly (readonly [name: string, description: string, price: number])[] = [
  ["Coffee beans", "Dark roast from a small farm, one kilogram", 1_890],
  ["Green tea", "Sencha of the first harvest, one hundred grams", 1_250],
  ["Tea kettle", "Cast iron, holds one litre", 7_400],
  ["Coffee mill", "Hand mill with ceramic burrs", 4_900],
  ["Cup", "Stoneware, fired twice, no two alike", 1_600],
  ["Tray", "Cedar wood with a rim", 3_200],
  ["Honey", "From linden trees, half a kilogram", 980],
  ["Rice crackers", "With seaweed, salted", 450],
  ["Apron", "Indigo cotton", 3_900],
  ["Filter papers", "One hundred pieces for two cups", 390],
  ["Tea whisk", "Carved of one piece of bamboo", 2_100],
  ["Storage tin", "Keeps tea and coffee dry", 1_150],
];

/** The seed of products; prices in euro cents. */
export async function seedProducts(
  { clock, randomness }: Pick<Services, "clock" | "randomness">,
  session: SqlSession,
): Promise<void> {
  for (const [name, description, price] of products)
    await session.query(
      `INSERT INTO shop_product (id, name, description, price, currency, stock)
       VALUES ($1, $2, $3, $4, 'EUR', 1000000)`,
      [createId(clock, randomness), name, description, price],
    );
}

const seedLock = 7_353_476_018;

/** Whether there is nothing yet; of nodes that start together one is told so, the others wait. */
export async function isEmpty(session: SqlSession): Promise<boolean> {
  await session.query("SELECT pg_advisory_xact_lock($1)", [seedLock]);
  const { rows } = await session.query("SELECT 1 FROM shop_product LIMIT 1");
  return rows.length === 0;
}

const people: readonly (readonly [name: string, display: string, roles: readonly string[]])[] = [
  ["alice", "Alice Example", ["user"]],
  ["bob", "Bob Example", ["user"]],
  ["carol", "Carol Example", ["user", "admin"]],
];

/** Makes the demo accounts with fresh random passwords. */
export async function seedAccounts(
  services: Services,
  session: SqlSession,
): Promise<readonly DemoAccount[]> {
  const accounts: DemoAccount[] = [];
  for (const [username, display_name, roles] of people) {
    const password = `${Buffer.from(services.randomness.bytes(15)).toString("base64url")}!`;
    const person = await createPerson(services, session, {
      username,
      password,
      display_name,
      email: `${username}@shop.example`,
      roles,
    });
    accounts.push({ username, password, id: person.id, roles });
  }
  return accounts;
}

/** Writes the demo accounts for their owner alone. */
export function writeDemoAccounts(path: string, accounts: readonly DemoAccount[]): void {
  writePrivately(path, `${JSON.stringify(accounts, null, 2)}\n`);
}

/** The demo accounts of an earlier start; none when their file is gone. */
export function readDemoAccounts(path: string): readonly DemoAccount[] {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as readonly DemoAccount[];
  } catch {
    return [];
  }
}
