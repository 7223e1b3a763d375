import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Problem, type Migration } from "sekisho/kernel";
import {
  createStore,
  isUniqueViolation,
  loginFaults,
  rowSecurityFaults,
  translateDatabaseError,
} from "sekisho/store";
import { testDatabases } from "sekisho/testing";
import { thingMigrations } from "./store-things.ts";

/** Steps for one database, with one table or view each, and what is wrong with it. */
type Row = readonly [what: string, name: string, sql: string, faults: readonly string[]];

const enable = (name: string): string => `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`;
const force = (name: string): string => `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`;
const policy = (name: string): string => `CREATE POLICY p ON ${name} TO sekisho_app USING (true);`;
const covered = (name: string): string =>
  `CREATE TABLE ${name} (id int);${enable(name)}${force(name)}${policy(name)}`;

const rows: readonly Row[] = [
  ["a covered table", "a1", covered("a1"), []],
  ["a table without security", "a2", "CREATE TABLE a2 (id int)", ["a2 has no row-level security"]],
  [
    "security that spares the owner",
    "a3",
    `CREATE TABLE a3 (id int);${enable("a3")}${policy("a3")}`,
    ["a3 does not force row-level security"],
  ],
  [
    "force without enable",
    "a4",
    `CREATE TABLE a4 (id int);${force("a4")}${policy("a4")}`,
    ["a4 has no row-level security"],
  ],
  [
    "no policy",
    "a5",
    `CREATE TABLE a5 (id int);${enable("a5")}${force("a5")}`,
    ["a5 has no policy"],
  ],
  [
    "a partitioned table",
    "a6",
    "CREATE TABLE a6 (id int) PARTITION BY RANGE (id)",
    ["a6 has no row-level security"],
  ],
  [
    "a name that every object inherits",
    "constructor",
    'CREATE TABLE "constructor" (id int)',
    ["constructor has no row-level security"],
  ],
  ["an exempted table out of reach", "e1", "CREATE TABLE e1 (id int)", []],
  [
    "an exempted table in reach",
    "e2",
    "CREATE TABLE e2 (id int); GRANT SELECT ON e2 TO sekisho_app",
    ["e2 is exempted but sekisho_app reaches it"],
  ],
  [
    "an exempted table in reach of everybody",
    "e3",
    "CREATE TABLE e3 (id int); GRANT DELETE ON e3 TO PUBLIC",
    ["e3 is exempted but sekisho_app reaches it"],
  ],
  [
    "an exempted table with one column in reach",
    "e4",
    "CREATE TABLE e4 (id int); GRANT UPDATE (id) ON e4 TO sekisho_app",
    ["e4 is exempted but sekisho_app reaches it"],
  ],
  ["an exemption of nothing", "e5", "SELECT 1", ["exempted table e5 is missing"]],
  [
    "a table that can be truncated",
    "t1",
    `${covered("t1")}GRANT TRUNCATE ON t1 TO sekisho_app`,
    ["t1 can be truncated by sekisho_app, past every policy"],
  ],
  [
    "a view with the rights of its owner",
    "v1",
    "CREATE VIEW v1 AS SELECT * FROM things; GRANT SELECT ON v1 TO sekisho_app",
    ["view v1 reads with the rights of its owner; make it security_invoker"],
  ],
  [
    "a view with the rights of whoever asks",
    "v2",
    "CREATE VIEW v2 WITH (security_invoker = true) AS SELECT * FROM things; GRANT SELECT ON v2 TO sekisho_app",
    [],
  ],
  ["a view out of reach", "v3", "CREATE VIEW v3 AS SELECT * FROM things", []],
  [
    "a materialized view",
    "m1",
    "CREATE MATERIALIZED VIEW m1 AS SELECT * FROM things; GRANT SELECT ON m1 TO sekisho_app",
    ["m1 is reached by sekisho_app, and no policy can cover it"],
  ],
  [
    "a materialized view out of reach",
    "m2",
    "CREATE MATERIALIZED VIEW m2 AS SELECT * FROM things",
    [],
  ],
];

// Fails when it runs twice.
const first: Migration = { id: "first", sql: "CREATE TABLE first (id int)" };
const second: Migration = { id: "second", sql: "CREATE TABLE second (id int)" };
const broken: Migration = { id: "second", sql: "CREATE TABLE half (id int); SELECT 1 / 0;" };

for (const database of await testDatabases()) {
  describe(`row-level security as inspected on ${database.name}`, () => {
    let faults: readonly string[] = [];
    let login: readonly string[] = [];
    before(async () => {
      const steps = rows.map(([, id, sql]): Migration => ({ id, sql }));
      const opened = await database.open([...thingMigrations, ...steps]);
      const names = ["e1", "e2", "e3", "e4", "e5", "sekisho_migration"];
      const exemptions = Object.fromEntries(names.map((name) => [name, "nobody's data"]));
      try {
        faults = await opened.store.asSystem("test: inspect", (session) =>
          rowSecurityFaults(session, exemptions),
        );
        login = await opened.store.asSystem("test: inspect", loginFaults);
      } finally {
        await opened.close();
      }
    });

    for (const [what, name, , told] of rows)
      it(`${what} ${told.length === 0 ? "is sound" : "is a fault"}`, () => {
        const about = faults.filter((fault) => fault.split(" ").includes(name));
        assert.deepEqual(about, told);
      });

    it("names nothing else, and not the things of the tests", () => {
      assert.equal(faults.length, rows.flatMap(([, , , told]) => told).length, faults.join("; "));
    });

    it("says that a superuser logs in, as here", () => {
      assert.ok(login.includes("the login role is a superuser"), login.join("; "));
    });
  });

  it(`tables of others count only where requests reach them, if asked so, on ${database.name}`, async () => {
    const foreign: Migration = {
      id: "foreign",
      sql: `CREATE TABLE somebody_elses (id int);
        CREATE TABLE open_to_requests (id int); GRANT SELECT ON open_to_requests TO sekisho_app;`,
    };
    const opened = await database.open([...thingMigrations, foreign]);
    const exemptions = { sekisho_migration: "names of schema steps" };
    try {
      const [all, reachable] = await opened.store.asSystem("test: inspect", async (session) => [
        await rowSecurityFaults(session, exemptions),
        await rowSecurityFaults(session, exemptions, "reachable"),
      ]);
      assert.ok(all?.includes("somebody_elses has no row-level security"));
      assert.ok(all?.includes("open_to_requests has no row-level security"));
      assert.deepEqual(reachable, ["open_to_requests has no row-level security"]);
    } finally {
      await opened.close();
    }
  });

  describe(`migrations on ${database.name}`, () => {
    it("run once when two begin together, in order, and tell which ran now", async () => {
      const opened = await database.open([]);
      const url = opened.url;
      const open = () => createStore({ url, migrations: [first, second] });
      // In memory there is one store; on a server every node has its own.
      const one = await open();
      const other = database.name === "embedded" ? one : await open();
      const ran = await Promise.all([one.migrate(), other.migrate(), one.migrate()]);
      assert.deepEqual(ran.flat(), ["first", "second"]);
      assert.deepEqual(await other.migrate(), []);
      for (const store of new Set([one, other])) await store.close();
      await opened.close();
    });

    it("leave nothing of a step that fails, and the store still answers", async () => {
      const opened = await database.open([first]);
      const store =
        database.name === "embedded"
          ? await createStore({ url: "memory:", migrations: [first, broken] })
          : await createStore({ url: opened.url, migrations: [first, broken] });
      await assert.rejects(store.migrate(), /migration second failed/);
      await assert.rejects(store.migrate(), /migration second failed/);
      const { rows: left } = await store.asSystem("test: is anything left", (session) =>
        session.query("SELECT 1 FROM pg_class WHERE relname = 'half'"),
      );
      assert.deepEqual(left, []);
      await store.close();
      await opened.close();
    });
  });

  if (database.name === "postgresql")
    it("a step that was changed after it ran stops the start; a new one behind it does not", async () => {
      const opened = await database.open([first]);
      const { url } = opened;
      const changed = { ...first, sql: `${first.sql} ` };
      const store = await createStore({ url, migrations: [changed, second] });
      await assert.rejects(store.migrate(), /migration first was changed after it ran/);
      await store.close();
      const next = await createStore({ url, migrations: [first, second] });
      assert.deepEqual(await next.migrate(), ["second"], "nothing of the refused run is there");
      await next.close();
      await opened.close();
    });
}

describe("a failure of the database", () => {
  const error = (code: string, message = ""): Error => Object.assign(new Error(message), { code });
  const failures: readonly (readonly [string, unknown, string | undefined, string?])[] = [
    ["refused connection", error("ECONNREFUSED"), "unavailable", "database-away"],
    ["reset connection", error("ECONNRESET"), "unavailable", "database-away"],
    ["missing socket file", error("ENOENT"), "unavailable", "database-away"],
    ["server that shuts down", error("57P01"), "unavailable", "database-away"],
    ["server that starts", error("57P03"), "unavailable", "database-away"],
    ["too many connections", error("53300"), "unavailable", "database-away"],
    ["every connection exception", error("08006"), "unavailable", "database-away"],
    ["ended by the idle time-out", error("25P03"), "unavailable", "database-away"],
    [
      "driver without a connection",
      new Error("Connection terminated unexpectedly"),
      "unavailable",
      "database-away",
    ],
    [
      "exhausted pool",
      new Error("timeout exceeded when trying to connect"),
      "unavailable",
      "database-away",
    ],
    ["cancelled statement", error("57014"), "deadline-exceeded", "database-timeout"],
    ["lock that was not to be had", error("55P03"), "deadline-exceeded", "database-timeout"],
    ["serialization failure", error("40001"), "unavailable", "database-contention"],
    ["deadlock", error("40P01"), "unavailable", "database-contention"],
    ["unique violation", error("23505"), undefined],
    ["syntax error", error("42601", 'syntax error at or near "secret"'), undefined],
    ["denied permission", error("42501"), undefined],
    ["an error of the application", new TypeError("x is not a function"), undefined],
    ["something that is no error", "text", undefined],
    ["nothing", undefined, undefined],
    ["a code that is no text", Object.assign(new Error("x"), { code: 57014 }), undefined],
  ];
  for (const [what, given, code, reason] of failures)
    it(`${what}: ${code ?? "stays what it is"}`, () => {
      const translated = translateDatabaseError(given);
      if (code === undefined) {
        assert.equal(translated, given);
        return;
      }
      assert.ok(translated instanceof Problem);
      assert.equal(translated.code, code);
      assert.equal(translated.reason, reason);
      assert.equal(translated.cause, given);
      assert.equal(translated.members.retryAfter, 1);
    });

  for (const code of ["22021", "22P05"])
    it(`text that cannot be stored (${code}) is the sender's fault, not ours`, () => {
      const given = error(code, 'invalid byte sequence for encoding "UTF8": 0x00');
      const translated = translateDatabaseError(given);
      assert.ok(translated instanceof Problem);
      assert.equal(translated.code, "invalid-request");
      assert.equal(translated.cause, given);
      assert.deepEqual(translated.members, {
        errors: [{ pointer: "#", detail: "holds a character that cannot be stored" }],
      });
    });

  it("that is a problem already stays that problem", () => {
    const problem = new Problem("not-found");
    assert.equal(translateDatabaseError(problem), problem);
  });

  it("is a unique violation by its code, and by the constraint where one is named", () => {
    const violation = Object.assign(error("23505"), { constraint: "things_name_key" });
    assert.ok(isUniqueViolation(violation));
    assert.ok(isUniqueViolation(violation, "things_name_key"));
    assert.ok(!isUniqueViolation(violation, "things_other_key"));
    assert.ok(!isUniqueViolation(error("23505"), "things_name_key"));
    assert.ok(!isUniqueViolation(error("23503")));
    assert.ok(!isUniqueViolation(undefined));
  });
});
