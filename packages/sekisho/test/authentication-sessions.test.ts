import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import { createId, systemClock, systemRandomness, type Principal } from "sekisho/kernel";
import { rowSecurityFaults } from "sekisho/store";
import { testDatabases } from "sekisho/testing";
import {
  addPerson,
  authenticate,
  goodPassword,
  hour,
  minute,
  outcomeOf,
  refreshOutcome,
  second,
  setUp,
  signInAs,
  standingOf,
  tryPassword,
  type Person,
  type Setup,
} from "./authentication-node.ts";

const nextPassword = "candle-river-stone-77";

for (const kind of await testDatabases())
  describe(`sessions (${kind.name})`, () => {
    let setup: Setup;
    before(async () => {
      setup = await setUp(kind);
    });
    after(() => setup.close());

    const asSystem = <T>(work: Parameters<typeof setup.database.store.asSystem<T>>[1]) =>
      setup.database.store.asSystem("test", work);

    it("logout kills the access and refresh tokens of that session at once", async () => {
      const person = await addPerson(setup);
      const other = await signInAs(setup, person);
      const grant = await signInAs(setup, person);
      assert.equal(await standingOf(setup.node, grant), "allow");
      assert.equal(await standingOf(setup.node, other), "allow");
      setup.recorded.length = 0;
      await setup.node.authentication.logout(grant);
      assert.equal(await standingOf(setup.node, grant), "session-ended");
      assert.equal(await refreshOutcome(setup.node, grant.refreshToken), "session-ended");
      assert.equal(await standingOf(setup.node, other), "allow");
      assert.deepEqual(
        setup.recorded.map((event) => event.name),
        ["session_logout", "authn_token_revoked"],
      );
      await setup.node.authentication.logout(grant);
      assert.equal(setup.recorded.length, 2, "logging out twice is nothing new");
    });

    it("a change of roles ends every session, and only a real change does", async () => {
      const person = await addPerson(setup, ["user", "admin"]);
      const bystander = await signInAs(setup, await addPerson(setup));
      const grant = await signInAs(setup, person);
      assert.equal(await standingOf(setup.node, grant), "allow");
      const same = await asSystem((session) =>
        setup.node.authentication.setRolesAndStatus(session, person.subject, {
          roles: ["admin", "user"],
          status: "active",
        }),
      );
      assert.ok(same.effect === "allow" && !same.changed);
      assert.equal(await standingOf(setup.node, grant), "allow");
      setup.recorded.length = 0;
      const demoted = await asSystem((session) =>
        setup.node.authentication.setRolesAndStatus(session, person.subject, {
          roles: ["user"],
          actor: "019ab3c4-0000-7000-8000-000000000001",
        }),
      );
      assert.ok(demoted.effect === "allow" && demoted.changed);
      assert.deepEqual(demoted.ended.sessionIds, [grant.sessionId]);
      assert.equal(await standingOf(setup.node, grant), "session-ended");
      assert.equal(await refreshOutcome(setup.node, grant.refreshToken), "session-ended");
      assert.equal(await standingOf(setup.node, bystander), "allow");
      const decision = await authenticate(setup.node, await signInAs(setup, person));
      assert.ok(decision.effect === "allow");
      assert.deepEqual([...decision.principal.roles], ["user"]);
      assert.deepEqual(setup.recorded[0], {
        name: "authz_change",
        subject: "019ab3c4-0000-7000-8000-000000000001",
        object: `account:${person.subject}`,
        data: { from: "admin user", to: "user" },
      });
    });

    it("disabling ends every session and bars the way back in until enabled", async () => {
      const person = await addPerson(setup);
      const grant = await signInAs(setup, person);
      const set = (status: "active" | "disabled") =>
        asSystem((session) =>
          setup.node.authentication.setRolesAndStatus(session, person.subject, { status }),
        );
      await set("disabled");
      assert.equal(await standingOf(setup.node, grant), "session-ended");
      assert.equal(outcomeOf(await tryPassword(setup, person)), "invalid-credentials");
      await set("active");
      assert.equal(await standingOf(setup.node, grant), "session-ended", "the old one stays dead");
      assert.equal(outcomeOf(await tryPassword(setup, person)), "allow");
    });

    it("a change that is rolled back ends nothing", async () => {
      const person = await addPerson(setup);
      const grant = await signInAs(setup, person);
      await assert.rejects(
        asSystem(async (session) => {
          await setup.node.authentication.setRolesAndStatus(session, person.subject, {
            roles: ["admin"],
          });
          throw new Error("changed our mind");
        }),
        /changed our mind/,
      );
      assert.equal(await standingOf(setup.node, grant), "allow");
    });

    it("knows nobody who is not there", async () => {
      for (const subject of [createId(systemClock, systemRandomness), "not-an-id", ""]) {
        const decision = await asSystem((session) =>
          setup.node.authentication.setRolesAndStatus(session, subject, { status: "disabled" }),
        );
        assert.equal(outcomeOf(decision), "not-found");
      }
      const person = await addPerson(setup);
      await assert.rejects(
        asSystem((session) =>
          setup.node.authentication.setRolesAndStatus(session, person.subject, {
            roles: ["a,admin"],
          }),
        ),
        TypeError,
      );
    });

    it("signing in and demoting at the same moment never leaves an old role alive", async () => {
      for (let round = 0; round < 10; round++) {
        const person = await addPerson(setup, ["admin"]);
        const [signedIn] = await Promise.all([
          tryPassword(setup, person),
          asSystem((session) =>
            setup.node.authentication.setRolesAndStatus(session, person.subject, { roles: [] }),
          ),
        ]);
        if (signedIn.effect === "deny") continue;
        const decision = await authenticate(setup.node, signedIn);
        if (decision.effect === "allow") assert.deepEqual([...decision.principal.roles], []);
      }
    });

    it("lists a person's own open sessions and ends them one by one", async () => {
      const person = await addPerson(setup);
      const stranger = await addPerson(setup);
      const first = await signInAs(setup, person);
      setup.clock.time += second;
      const later = await signInAs(setup, person);
      const foreign = await signInAs(setup, stranger);
      const list = () =>
        asSystem((session) => setup.node.authentication.listSessions(session, person.subject));
      assert.deepEqual(
        (await list()).map((open) => open.id),
        [later.sessionId, first.sessionId],
      );
      assert.equal((await list())[0]?.expiresAt, setup.clock.time + hour);
      const end = (sessionId: string) =>
        asSystem((session) =>
          setup.node.authentication.endOneSession(session, person.subject, sessionId),
        );
      for (const missing of [foreign.sessionId, createId(systemClock, systemRandomness), "x"])
        assert.equal(outcomeOf(await end(missing)), "not-found");
      assert.equal(await standingOf(setup.node, foreign), "allow");
      assert.equal(outcomeOf(await end(first.sessionId)), "allow");
      assert.equal(await standingOf(setup.node, first), "session-ended");
      assert.equal(await standingOf(setup.node, later), "allow");
      assert.equal(outcomeOf(await end(first.sessionId)), "not-found");
      setup.clock.time += hour;
      assert.deepEqual(await list(), [], "an idle session is not open");
    });

    it("ends all sessions but one", async () => {
      const person = await addPerson(setup);
      const grants = [];
      for (let index = 0; index < 3; index++) grants.push(await signInAs(setup, person));
      const kept = grants[1]?.sessionId ?? "";
      const ended = await asSystem((session) =>
        setup.node.authentication.endAllSessions(session, person.subject, { except: kept }),
      );
      assert.equal(ended.sessionIds.length, 2);
      const standings = await Promise.all(grants.map((grant) => standingOf(setup.node, grant)));
      assert.deepEqual(standings, ["session-ended", "allow", "session-ended"]);
    });

    it("changing the password ends the other sessions and the old password", async () => {
      const person = await addPerson(setup);
      const here = await signInAs(setup, person);
      const there = await signInAs(setup, person);
      const decision = await setup.node.authentication.changePassword({
        subject: person.subject,
        current: goodPassword,
        next: nextPassword,
        keepSessionId: here.sessionId,
      });
      assert.ok(decision.effect === "allow");
      assert.deepEqual(decision.endedSessionIds, [there.sessionId]);
      assert.equal(await standingOf(setup.node, here), "allow");
      assert.equal(await standingOf(setup.node, there), "session-ended");
      assert.equal(await refreshOutcome(setup.node, here.refreshToken), "allow");
      assert.equal(outcomeOf(await tryPassword(setup, person)), "invalid-credentials");
      assert.equal(outcomeOf(await tryPassword(setup, person, nextPassword)), "allow");
    });

    it("changes no password without the current one, and counts the guesses", async () => {
      const person = await addPerson(setup);
      const grant = await signInAs(setup, person);
      const change = (current: string, next = nextPassword) =>
        setup.node.authentication.changePassword({ subject: person.subject, current, next });
      setup.noted.length = 0;
      assert.equal(outcomeOf(await change("wrong-wrong-wrong")), "wrong-current-password");
      assert.deepEqual(
        setup.noted.map((event) => [event.name, event.subject]),
        [["authn_password_change_fail", person.subject]],
      );
      assert.equal(outcomeOf(await change(goodPassword, "short")), "too-short");
      assert.equal(
        outcomeOf(await change(goodPassword, `${person.signInName}${person.signInName}`)),
        "derived-from-context",
      );
      const verified = setup.hasher.verified;
      await Promise.all(Array.from({ length: 100 }, () => change("wrong-wrong-wrong")));
      assert.equal(setup.hasher.verified - verified, 4, "with the one above, five");
      assert.equal(outcomeOf(await change(goodPassword)), "throttled");
      assert.equal(await standingOf(setup.node, grant), "allow");
      setup.clock.time += minute;
      assert.equal(outcomeOf(await change(goodPassword)), "allow");
    });

    it("lets one of two changes that know the same password win", async () => {
      const person = await addPerson(setup);
      const change = (next: string) =>
        setup.node.authentication.changePassword({
          subject: person.subject,
          current: goodPassword,
          next,
        });
      const outcomes = (await Promise.all([change(nextPassword), change("another-way-in-99")])).map(
        outcomeOf,
      );
      assert.deepEqual(outcomes.toSorted(), ["allow", "wrong-current-password"]);
    });

    it("shows the request role its own account, admins all, and nobody a hash", async () => {
      const person = await addPerson(setup, ["user"]);
      const grant = await signInAs(setup, person);
      await addPerson(setup);
      const as = async (who: Person | undefined, roles: readonly string[], sql: string) => {
        const principal: Principal | undefined = who && {
          subject: who.subject,
          kind: "user",
          tenant: undefined,
          roles: new Set(roles),
          sessionId: grant.sessionId,
          tokenId: grant.sessionId,
          authenticatedAt: 0,
          methods: ["pwd"],
        };
        const transaction = setup.database.store.begin(principal);
        try {
          return (await transaction.query<{ subject: string }>(sql)).rows;
        } finally {
          await transaction.rollback();
        }
      };
      const all = "SELECT subject, sign_in_name, roles, status FROM sekisho_account";
      assert.deepEqual(
        (await as(person, ["user"], all)).map((row) => row.subject),
        [person.subject],
      );
      assert.ok((await as(person, ["user", "admin"], all)).length > 1);
      assert.deepEqual(await as(person, ["administrator"], all), await as(person, [], all));
      assert.deepEqual(await as(undefined, [], all), []);
      const forbidden = [
        "SELECT password_hash FROM sekisho_account",
        "SELECT * FROM sekisho_account",
        "UPDATE sekisho_account SET roles = '{admin}'",
        "UPDATE sekisho_account SET status = 'active'",
        "DELETE FROM sekisho_account",
        "INSERT INTO sekisho_account (subject, sign_in_name, password_hash, roles, created_at) VALUES (gen_random_uuid(), 'x', '$argon2id$v=19$m=1', '{admin}', now())",
        "SELECT * FROM sekisho_session",
        "UPDATE sekisho_session SET ended_at = NULL",
        "SELECT hash FROM sekisho_refresh_token",
        "SELECT * FROM sekisho_revocation",
        "DELETE FROM sekisho_revocation",
        "SELECT * FROM sekisho_sign_in_throttle",
        "DELETE FROM sekisho_sign_in_throttle",
        "SELECT * FROM sekisho_sign_in_source",
        "SELECT * FROM sekisho_known_source",
      ];
      for (const sql of forbidden)
        await assert.rejects(as(person, ["admin"], sql), /permission denied/, sql);
    });

    it("covers every table with row-level security and takes no other kind of hash", async () => {
      const faults = await asSystem((session) =>
        rowSecurityFaults(session, { sekisho_migration: "names of schema steps" }),
      );
      assert.deepEqual(faults, []);
      for (const hash of [
        "secret",
        "$2b$10$abcdefghijklmnopqrstuv",
        "$argon2i$v=19$m=19456,t=2,p=1$a$b",
      ])
        await assert.rejects(
          asSystem((session) =>
            session.query(
              `INSERT INTO sekisho_account (subject, sign_in_name, password_hash, roles, created_at)
               VALUES ($1::uuid, $2, $3, '{}', '2027-01-01T00:00:00Z')`,
              [createId(systemClock, systemRandomness), `hash-${hash}`, hash],
            ),
          ),
          /check constraint/,
        );
    });
  });
