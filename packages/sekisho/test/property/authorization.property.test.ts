import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  and,
  column,
  everyone,
  loadFacts,
  matches,
  memberOf,
  or,
  principalRole,
  stateIn,
  tenantColumn,
  toCondition,
  toPolicies,
  type Facts,
  type Predicate,
} from "sekisho/authorization";
import type { Migration, Principal } from "sekisho/kernel";
import { testDatabases, type OpenTestDatabase, type TestDatabase } from "sekisho/testing";
import { people, principalOf } from "../authorization-principal.ts";

const uuids = Object.values(people);
const tenants = ["north", "south", people.alice, people.bob];
const roles = ["admin", "clerk"];
const states = ["draft", "paid"];
const columns = "id, owner_id, buyer, tenant_name, tenant_id, team_id, shop_number, status";

interface Row {
  readonly id: string;
  readonly owner_id: string | null;
  readonly buyer: string | null;
  readonly tenant_name: string | null;
  readonly tenant_id: string | null;
  readonly team_id: string | null;
  readonly shop_number: number | null;
  readonly status: string | null;
}

interface World {
  readonly predicates: readonly Predicate[];
  readonly rows: readonly Row[];
  readonly principals: readonly (Principal | undefined)[];
  readonly teamMembers: readonly (readonly [team: string, person: string])[];
  readonly shopStaff: readonly (readonly [shop: number | null, person: string])[];
}

const inTeam = memberOf({
  table: "team_members",
  resourceColumn: "team_id",
  memberColumn: "user_id",
  via: "team_id",
});
const inShop = memberOf({
  table: "shop_staff",
  resourceColumn: "number",
  memberColumn: "person",
  via: "shop_number",
});

/** Each form once, alone and nested: what the random predicates may miss. */
const basis: readonly Predicate[] = [
  column("owner_id"),
  column("buyer", "text"),
  tenantColumn("tenant_name"),
  tenantColumn("tenant_id", "uuid"),
  inTeam,
  inShop,
  stateIn("status", ["draft"]),
  principalRole("admin"),
  everyone(),
  and(tenantColumn("tenant_name"), column("owner_id")),
  or(column("owner_id"), and(stateIn("status", ["paid"]), or(inTeam, principalRole("clerk")))),
];

const { predicate: predicates } = fc.letrec<{ predicate: Predicate }>((tie) => {
  const leaf = fc.constantFrom<Predicate>(...basis.slice(0, 9));
  const parts = fc.array(tie("predicate"), { minLength: 1, maxLength: 3 });
  const combined = fc
    .tuple(fc.boolean(), parts)
    .map(([every, [first = everyone(), ...rest]]) =>
      every ? and(first, ...rest) : or(first, ...rest),
    );
  return { predicate: fc.oneof({ maxDepth: 3, depthSize: "medium" }, leaf, combined) };
});

const orNull = <T>(...values: readonly T[]): fc.Arbitrary<T | null> =>
  fc.constantFrom(null, ...values);
const rows: fc.Arbitrary<Row> = fc.record({
  id: fc.uuid({ version: 4 }),
  owner_id: orNull(...uuids),
  buyer: orNull("", people.alice, people.alice.toUpperCase(), people.bob),
  tenant_name: orNull("", ...tenants),
  tenant_id: orNull(...uuids),
  team_id: orNull(...uuids),
  shop_number: orNull(1, 2),
  status: orNull("", ...states),
});
const principals: fc.Arbitrary<Principal> = fc
  .record({
    subject: fc.constantFrom(...uuids),
    tenant: fc.constantFrom(undefined, ...tenants),
    roles: fc.subarray(roles).map((chosen) => new Set(chosen)),
  })
  .map(({ subject, ...rest }) => principalOf(subject, rest));

const worlds: fc.Arbitrary<World> = fc.record({
  predicates: fc
    .array(predicates, { minLength: 8, maxLength: 12 })
    .map((random) => [...basis, ...random]),
  rows: fc
    .uniqueArray(rows, { minLength: 20, maxLength: 30, selector: (row) => row.id })
    .map((random) => [...fixedRows, ...random]),
  principals: fc
    .array(principals, { minLength: 6, maxLength: 8 })
    .map((random) => [undefined, principalOf(people.alice, { tenant: "north" }), ...random]),
  teamMembers: fc
    .array(fc.tuple(fc.constantFrom(...uuids), fc.constantFrom(...uuids)), { maxLength: 6 })
    .map((random) => [[people.alice, people.alice], ...random]),
  shopStaff: fc.array(fc.tuple(orNull(1, 2), fc.constantFrom(...uuids)), { maxLength: 4 }),
});

const blank: Omit<Row, "id"> = {
  owner_id: null,
  buyer: null,
  tenant_name: null,
  tenant_id: null,
  team_id: null,
  shop_number: null,
  status: null,
};
/** What every world has, so that each wrong matcher is noticed in each of them. */
const fixedRows: readonly Row[] = [
  { ...blank, id: "00000000-0000-4000-8000-000000000001" },
  { ...blank, id: "00000000-0000-4000-8000-000000000002", owner_id: people.alice, status: "paid" },
  {
    id: "00000000-0000-4000-8000-000000000003",
    owner_id: people.alice,
    buyer: people.alice,
    tenant_name: "north",
    tenant_id: people.bob,
    team_id: people.alice,
    shop_number: 1,
    status: "draft",
  },
];

const nameOf = (index: number): string => `sample_${index}`;

function migrationsOf(world: World): readonly Migration[] {
  const memberships = `
    CREATE TABLE team_members (team_id uuid NOT NULL, user_id uuid NOT NULL);
    CREATE TABLE shop_staff (number integer, person uuid NOT NULL);
    ${toPolicies({ table: "team_members", read: column("user_id") })}
    ${toPolicies({ table: "shop_staff", read: column("person") })}`;
  const samples = world.predicates.map(
    (read, index) => `
    CREATE TABLE ${nameOf(index)} (id uuid PRIMARY KEY, owner_id uuid, buyer text, tenant_name text,
      tenant_id uuid, team_id uuid, shop_number integer, status text);
    ${toPolicies({ table: nameOf(index), read, operations: ["select", "insert"] })}`,
  );
  return [{ id: "sample-0001", sql: [memberships, ...samples].join("\n") }];
}

function insertText(index: number): string {
  return `INSERT INTO ${nameOf(index)} (${columns}) SELECT ${columns}
    FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, owner_id uuid, buyer text, tenant_name text,
      tenant_id uuid, team_id uuid, shop_number integer, status text)`;
}

async function fill({ store }: OpenTestDatabase, world: World): Promise<void> {
  await store.asSystem("sample rows", async (session) => {
    for (const pair of world.teamMembers)
      await session.query("INSERT INTO team_members VALUES ($1, $2)", pair);
    for (const pair of world.shopStaff)
      await session.query("INSERT INTO shop_staff VALUES ($1, $2)", pair);
    for (const [index] of world.predicates.entries())
      await session.query(insertText(index), [JSON.stringify(world.rows)]);
  });
}

/** What one place says about every row, as ids in order. */
interface Verdicts {
  readonly predicate: Predicate;
  readonly principal: Principal | undefined;
  readonly facts: Facts;
  readonly rowSecurity: readonly string[];
  readonly condition: readonly string[];
  /** Rows that the policy lets the principal insert. */
  readonly inserted: readonly string[];
}

async function idsOf(promise: Promise<{ readonly rows: readonly { readonly id: string }[] }>) {
  return (await promise).rows.map((row) => row.id).toSorted();
}

async function judge(
  { store }: OpenTestDatabase,
  world: World,
  index: number,
  principal: Principal | undefined,
): Promise<Verdicts> {
  const predicate = world.predicates[index] ?? everyone();
  const transaction = store.begin(principal);
  const rowSecurity = await idsOf(transaction.query(`SELECT id FROM ${nameOf(index)}`));
  await transaction.rollback();
  const condition = toCondition(predicate, { alias: "s", firstParameter: 1 });
  const text = `SELECT s.id FROM ${nameOf(index)} AS s WHERE ${condition.text}`;
  const [facts, selected] = await store.asSystem("judge", async (session) => [
    await loadFacts(session, predicate, principal),
    await idsOf(session.query(text, condition.values(principal))),
  ]);
  const inserted: string[] = [];
  for (const row of insertable(world)) {
    const attempt = store.begin(principal);
    try {
      const twin = { ...row, id: row.id.replace(/^.{8}/, "ffffffff") };
      await attempt.query(insertText(index), [JSON.stringify([twin])]);
      inserted.push(row.id);
    } catch {
      // Refused by the policy.
    } finally {
      await attempt.rollback();
    }
  }
  return { predicate, principal, facts, rowSecurity, condition: selected, inserted };
}

/** A few rows, fixed and random, that are also inserted through the policy. */
function insertable(world: World): readonly Row[] {
  return world.rows.slice(fixedRows.length - 1, fixedRows.length + 2);
}

type Matcher = typeof matches;

function inMemory(
  matcher: Matcher,
  rowsToJudge: readonly Row[],
  verdicts: Verdicts,
): readonly string[] {
  const { facts, predicate, principal } = verdicts;
  return rowsToJudge
    .filter((row) => matcher(predicate, row, principal, facts))
    .map((row) => row.id)
    .toSorted();
}

function disagreements(
  matcher: Matcher,
  world: World,
  all: readonly Verdicts[],
): readonly Verdicts[] {
  return all.filter((verdicts) => {
    const memory = inMemory(matcher, world.rows, verdicts).join();
    return memory !== verdicts.rowSecurity.join() || memory !== verdicts.condition.join();
  });
}

/** Wrong matchers: the comparison has to notice each of them. */
const mutants: Readonly<Record<string, Matcher>> = {
  "an `and` that is an `or`": (predicate, row, principal, facts) =>
    predicate.kind === "and"
      ? predicate.parts.some((part) => matches(part, row, principal, facts))
      : matches(predicate, row, principal, facts),
  "nobody owns what has no owner": (predicate, row, principal, facts) =>
    predicate.kind === "column" && Reflect.get(row, predicate.column) === null
      ? true
      : matches(predicate, row, principal, facts),
  "no principal, no check": (predicate, row, principal, facts) =>
    principal === undefined || matches(predicate, row, principal, facts),
  "memberships ignored": (predicate, row, principal, facts) =>
    predicate.kind !== "member-of" && matches(predicate, row, principal, facts),
  "roles ignored": (predicate, row, principal, facts) =>
    predicate.kind === "principal-role" || matches(predicate, row, principal, facts),
  "tenants ignored": (predicate, row, principal, facts) =>
    predicate.kind === "tenant-column" || matches(predicate, row, principal, facts),
  "states ignored": (predicate, row, principal, facts) =>
    predicate.kind === "state-in" || matches(predicate, row, principal, facts),
};

async function examine(database: TestDatabase, world: World): Promise<void> {
  const open = await database.open(migrationsOf(world));
  try {
    await fill(open, world);
    const all: Verdicts[] = [];
    for (const [index] of world.predicates.entries())
      for (const principal of world.principals)
        all.push(await judge(open, world, index, principal));
    assert.deepEqual(disagreements(matches, world, all), []);
    for (const verdicts of all)
      assert.deepEqual(
        verdicts.inserted.toSorted(),
        inMemory(matches, insertable(world), verdicts),
        "the policy for inserting agrees",
      );
    assert.ok(all.some((verdicts) => verdicts.rowSecurity.length === 0));
    assert.ok(all.some((verdicts) => verdicts.rowSecurity.length > 0));
    for (const [name, mutant] of Object.entries(mutants))
      assert.notEqual(disagreements(mutant, world, all).length, 0, `unnoticed: ${name}`);
  } finally {
    await open.close();
  }
}

describe("one predicate, three places", async () => {
  for (const database of await testDatabases())
    it(`memory, condition and row-level security agree on ${database.name}`, async () => {
      await fc.assert(
        fc.asyncProperty(worlds, (world) => examine(database, world)),
        { numRuns: 1, endOnFailure: true },
      );
    });
});
