import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import { failureDelaySeconds } from "sekisho/authentication";
import { testDatabases } from "sekisho/testing";
import {
  addPerson,
  goodPassword,
  hour,
  minute,
  outcomeOf,
  second,
  setUp,
  signInAs,
  standingOf,
  tryPassword,
  type Person,
  type Setup,
} from "./authentication-node.ts";

let sources = 0;
const elsewhere = (): string => `elsewhere-${++sources}`;

for (const kind of await testDatabases())
  describe(`signing in (${kind.name})`, () => {
    let setup: Setup;
    before(async () => {
      setup = await setUp(kind);
    });
    after(() => setup.close());

    it("gives tokens that authenticate the person", async () => {
      const person = await addPerson(setup, ["user"]);
      const grant = await signInAs(setup, person);
      assert.equal(grant.subject, person.subject);
      assert.equal(grant.expiresIn, 900);
      assert.equal(grant.refreshExpiresIn, 3600);
      const decision = await setup.node.authentication.authenticator.authenticate(
        grant.accessToken,
      );
      assert.ok(decision.effect === "allow");
      assert.equal(decision.principal.subject, person.subject);
      assert.equal(decision.principal.sessionId, grant.sessionId);
      assert.deepEqual([...decision.principal.roles], ["user"]);
      assert.deepEqual(decision.principal.methods, ["pwd"]);
    });

    it("takes a name in any case and compatibility form, a password only as it is", async () => {
      const person = await addPerson(setup);
      const shouted = { ...person, signInName: person.signInName.toUpperCase() };
      assert.equal(outcomeOf(await tryPassword(setup, shouted)), "allow");
      assert.equal(
        outcomeOf(await tryPassword(setup, person, goodPassword.toUpperCase())),
        "invalid-credentials",
      );
      assert.equal(
        outcomeOf(await tryPassword(setup, person, `${goodPassword} `)),
        "invalid-credentials",
      );
    });

    it("answers an unknown name, a wrong password and a disabled account alike", async () => {
      const person = await addPerson(setup);
      const disabled = await addPerson(setup);
      await setup.database.store.asSystem("test", (session) =>
        setup.node.authentication.setRolesAndStatus(session, disabled.subject, {
          status: "disabled",
        }),
      );
      const verified = setup.hasher.verified;
      const answers = [
        await tryPassword(setup, { signInName: "nobody-at-all", sourceKey: elsewhere() }),
        await tryPassword(setup, { signInName: "nul\u0000", sourceKey: elsewhere() }),
        await tryPassword(setup, { signInName: "\ud800", sourceKey: elsewhere() }),
        await tryPassword(setup, { signInName: "", sourceKey: elsewhere() }),
        await tryPassword(setup, person, "wrong-wrong-wrong"),
        await tryPassword(setup, disabled),
      ];
      for (const answer of answers)
        assert.deepEqual(answer, { effect: "deny", reason: "invalid-credentials" });
      assert.equal(setup.hasher.verified - verified, 6, "each costs one look at a password");
      assert.equal(outcomeOf(await tryPassword(setup, person)), "allow");
    });

    it("gives a name to one of many who want it at once", async () => {
      const tries = Array.from({ length: 10 }, (_, index) =>
        setup.database.store.asSystem("test", (session) =>
          setup.node.authentication.register(session, {
            subject: `019ab3c4-0000-7000-8000-0000000001${index}0`,
            signInName: index % 2 === 0 ? "Wanted" : "wanted",
            password: goodPassword,
          }),
        ),
      );
      const outcomes = (await Promise.all(tries)).map(outcomeOf);
      assert.equal(outcomes.filter((outcome) => outcome === "allow").length, 1);
      assert.equal(outcomes.filter((outcome) => outcome === "name-taken").length, 9);
    });

    it("registers nobody with a refused password or an unusable name", async () => {
      const register = (signInName: string, password: string) =>
        setup.database.store.asSystem("test", (session) =>
          setup.node.authentication.register(session, {
            subject: "019ab3c4-0000-7000-8000-00000000000a",
            signInName,
            password,
          }),
        );
      assert.equal(outcomeOf(await register("someone", "short-one-14ch")), "too-short");
      assert.equal(
        outcomeOf(await register("marble-window", "marble-window12")),
        "derived-from-context",
      );
      assert.equal(outcomeOf(await register("line\nbreak", goodPassword)), "name-unusable");
      assert.equal(outcomeOf(await register("x".repeat(255), goodPassword)), "name-unusable");
      assert.equal(outcomeOf(await register("x".repeat(254), goodPassword)), "allow");
    });

    it("verifies no more than the limit of 100 parallel wrong passwords of one account", async () => {
      const person = await addPerson(setup);
      const verified = setup.hasher.verified;
      const outcomes = (
        await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            tryPassword(setup, { ...person, sourceKey: elsewhere() }, `wrong-${index}-password`),
          ),
        )
      ).map(outcomeOf);
      // Four are free; the fifth starts the delays, and the clock is held.
      assert.equal(setup.hasher.verified - verified, 5);
      assert.equal(outcomes.filter((outcome) => outcome === "invalid-credentials").length, 5);
      assert.equal(outcomes.filter((outcome) => outcome === "throttled").length, 95);
      assert.equal(
        outcomeOf(await tryPassword(setup, { ...person, sourceKey: elsewhere() })),
        "throttled",
        "the right password waits too, or it would be an oracle",
      );
      setup.clock.time += failureDelaySeconds(5) * second;
      assert.equal(
        outcomeOf(await tryPassword(setup, { ...person, sourceKey: elsewhere() })),
        "allow",
      );
    });

    it("delays exactly as long as the schedule says, for names without an account too", async () => {
      const names = [await addPerson(setup), { signInName: "ghost-of-the-schedule" }];
      for (const { signInName } of names) {
        const wrong = () =>
          tryPassword(setup, { signInName, sourceKey: elsewhere() }, "wrong-wrong-wrong");
        for (let failures = 1; failures <= 12; failures++) {
          assert.equal(outcomeOf(await wrong()), "invalid-credentials", `failure ${failures}`);
          const delay = failureDelaySeconds(failures) * second;
          if (delay === 0) continue;
          setup.clock.time += delay - 1;
          assert.equal(outcomeOf(await wrong()), "throttled", `just before, after ${failures}`);
          setup.clock.time += 1;
        }
      }
    });

    it("never verifies more than 95 consecutive failures, however long somebody tries", async () => {
      const person = await addPerson(setup);
      await signInAs(setup, person);
      const verified = setup.hasher.verified;
      for (let round = 0; round < 80; round++) {
        setup.clock.time += 24 * hour;
        await tryPassword(setup, { ...person, sourceKey: elsewhere() }, "wrong-wrong-wrong");
      }
      assert.equal(setup.hasher.verified - verified, 75, "strangers");
      for (let round = 0; round < 40; round++) {
        setup.clock.time += hour;
        await tryPassword(setup, person, "wrong-wrong-wrong");
      }
      assert.equal(setup.hasher.verified - verified, 95, "strangers and the known place");
      setup.clock.time += 24 * hour;
      assert.equal(outcomeOf(await tryPassword(setup, person)), "throttled");
      assert.ok(setup.noted.some((event) => event.name === "authn_login_fail_max"));
      const reopened = await setup.database.store.asSystem("test", (session) =>
        setup.node.authentication.reopenSignIn(session, person.subject),
      );
      assert.ok(reopened);
      assert.equal(outcomeOf(await tryPassword(setup, person)), "allow");
    });

    it("lets the owner in at home while others fail in their name", async () => {
      const person = await addPerson(setup);
      await signInAs(setup, person);
      for (let round = 0; round < 20; round++)
        await tryPassword(setup, { ...person, sourceKey: elsewhere() }, "wrong-wrong-wrong");
      const stranger = { ...person, sourceKey: elsewhere() };
      assert.equal(outcomeOf(await tryPassword(setup, stranger)), "throttled");
      assert.equal(outcomeOf(await tryPassword(setup, person)), "allow");
      assert.equal(
        outcomeOf(await tryPassword(setup, stranger)),
        "allow",
        "a success ends the series for strangers",
      );
    });

    it("stops one source after 40 wrong passwords, whatever the names, and across a restart", async () => {
      const sourceKey = elsewhere();
      const wrong = (node: Setup["node"], index: number) =>
        node.authentication.signIn({
          signInName: `sprayed-${kind.name}-${index}`,
          sourceKey,
          password: "wrong-wrong-wrong",
        });
      const verified = setup.hasher.verified;
      const outcomes = (
        await Promise.all(Array.from({ length: 100 }, (_, index) => wrong(setup.node, index)))
      ).map(outcomeOf);
      assert.equal(setup.hasher.verified - verified, 40);
      assert.equal(outcomes.filter((outcome) => outcome === "throttled").length, 60);
      const restarted = await setup.addNode();
      assert.equal(outcomeOf(await wrong(restarted, 200)), "throttled");
      const person = await addPerson(setup);
      assert.equal(
        outcomeOf(await tryPassword(setup, person)),
        "allow",
        "another source is not touched",
      );
      setup.clock.time += (15 * minute) / 40 - 1;
      assert.equal(outcomeOf(await wrong(restarted, 201)), "throttled");
      setup.clock.time += 1;
      assert.equal(outcomeOf(await wrong(restarted, 202)), "invalid-credentials");
    });

    it("keeps some tries of a source for people who signed in there before", async () => {
      const sourceKey = elsewhere();
      const person = { ...(await addPerson(setup)), sourceKey };
      const other = { ...(await addPerson(setup)), sourceKey };
      await signInAs(setup, person);
      for (let index = 0; index < 45; index++)
        await tryPassword(
          setup,
          { signInName: `filler-${kind.name}-${index}`, sourceKey },
          "wrong-wrong-wrong",
        );
      assert.equal(outcomeOf(await tryPassword(setup, other)), "throttled");
      assert.equal(outcomeOf(await tryPassword(setup, person)), "allow");
    });

    it("does not count successes, 100 of them in parallel from one source", async () => {
      const sourceKey = elsewhere();
      const people: Person[] = [];
      for (let index = 0; index < 4; index++)
        people.push({ ...(await addPerson(setup)), sourceKey });
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const person = people[index % people.length];
          assert.ok(person);
          return outcomeOf(await tryPassword(setup, person));
        }),
      );
      assert.deepEqual([...new Set(outcomes)], ["allow"]);
    });

    it("does not take one person's 50 parallel sign-ins for guesses", async () => {
      const person = await addPerson(setup);
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async () =>
          outcomeOf(await tryPassword(setup, { ...person, sourceKey: elsewhere() })),
        ),
      );
      assert.deepEqual([...new Set(outcomes)], ["allow"]);
    });

    it("does not count against a source what was refused without a look", async () => {
      const sourceKey = elsewhere();
      const person = { ...(await addPerson(setup)), sourceKey };
      for (let index = 0; index < 60; index++)
        await tryPassword(setup, { signInName: `knocking-${kind.name}`, sourceKey });
      assert.equal(outcomeOf(await tryPassword(setup, person)), "allow");
    });

    it("says the same coarse Retry-After whichever counter refused", async () => {
      const person = await addPerson(setup);
      const sourceKey = elsewhere();
      for (let index = 0; index < 8; index++)
        await tryPassword(setup, { ...person, sourceKey: elsewhere() }, "wrong-wrong-wrong");
      const byAccount = await tryPassword(setup, { ...person, sourceKey: elsewhere() });
      for (let index = 0; index < 45; index++)
        await tryPassword(
          setup,
          { signInName: `coarse-${kind.name}-${index}`, sourceKey },
          "wrong-wrong-wrong",
        );
      const bySource = await tryPassword(setup, { signInName: "coarse", sourceKey });
      assert.deepEqual(byAccount, { effect: "deny", reason: "throttled", retryAfter: 60 });
      assert.deepEqual(bySource, byAccount);
    });

    it("gives the try back when nobody looked at the password", async () => {
      const person = await addPerson(setup);
      setup.hasher.during = () => Promise.reject(new Error("overloaded"));
      for (let index = 0; index < 10; index++)
        await assert.rejects(tryPassword(setup, person), /overloaded/);
      setup.hasher.during = () => Promise.resolve();
      assert.equal(outcomeOf(await tryPassword(setup, person)), "allow");
    });

    it("lets nobody in whose account was disabled while the password was looked at", async () => {
      const person = await addPerson(setup);
      setup.hasher.during = async () => {
        setup.hasher.during = () => Promise.resolve();
        await setup.database.store.asSystem("test", (session) =>
          setup.node.authentication.setRolesAndStatus(session, person.subject, {
            status: "disabled",
          }),
        );
      };
      assert.equal(outcomeOf(await tryPassword(setup, person)), "invalid-credentials");
    });

    it("stores a stronger hash once the password was shown to be right", async () => {
      const person = await addPerson(setup);
      const stored = () =>
        setup.database.store.asSystem("test", async (session) => {
          const { rows } = await session.query<{ password_hash: string }>(
            "SELECT password_hash FROM sekisho_account WHERE subject = $1::uuid",
            [person.subject],
          );
          return rows[0]?.password_hash;
        });
      const original = await stored();
      await signInAs(setup, person);
      assert.equal(await stored(), original);
      setup.hasher.outdated = true;
      await tryPassword(setup, person, "wrong-wrong-wrong");
      assert.equal(await stored(), original);
      await signInAs(setup, person);
      setup.hasher.outdated = false;
      assert.notEqual(await stored(), original);
      assert.equal(await standingOf(setup.node, await signInAs(setup, person)), "allow");
    });

    it("ends the oldest session when there are too many", async () => {
      const node = await setup.addNode({ sessionsPerAccount: 2 });
      const person = await addPerson(setup);
      const grants = [];
      for (let index = 0; index < 3; index++) {
        setup.clock.time += second;
        const decision = await node.authentication.signIn({ ...person, password: goodPassword });
        assert.ok(decision.effect === "allow");
        grants.push(decision);
      }
      const standings = await Promise.all(grants.map((grant) => standingOf(setup.node, grant)));
      assert.deepEqual(standings, ["session-ended", "allow", "allow"]);
    });

    it("writes down who signed in after how many failures, and no name that may be a password", async () => {
      const person = await addPerson(setup);
      setup.recorded.length = 0;
      setup.noted.length = 0;
      await tryPassword(
        setup,
        { ...person, signInName: "my-secret-typed-as-name" },
        "wrong-1-wrong",
      );
      await tryPassword(setup, person, "wrong-2-wrong");
      await signInAs(setup, person);
      assert.deepEqual(
        setup.noted.map((event) => [event.name, event.subject]),
        [
          ["authn_login_fail", undefined],
          ["authn_login_fail", person.subject],
        ],
      );
      assert.deepEqual(
        setup.recorded.map((event) => [event.name, event.data?.["retries"]]),
        [
          ["session_created", undefined],
          ["authn_login_successafterfail", 1],
        ],
      );
      const text = JSON.stringify([setup.noted, setup.recorded]);
      assert.ok(!text.includes("my-secret"), text);
      assert.ok(!/wrong-\d/.test(text), text);
    });

    it("forgets counters that can refuse nobody, and only those", async () => {
      const person = await addPerson(setup);
      for (let index = 0; index < 6; index++)
        await tryPassword(setup, { ...person, sourceKey: elsewhere() }, "wrong-wrong-wrong");
      await tryPassword(setup, { signInName: "swept-away", sourceKey: elsewhere() });
      const rows = () =>
        setup.database.store.asSystem("test", async (session) => {
          const counted = await session.query<{ names: number; accounts: number; sources: number }>(
            `SELECT (SELECT count(*) FROM sekisho_sign_in_throttle WHERE subject IS NULL)::int AS names,
               (SELECT count(*) FROM sekisho_sign_in_throttle WHERE subject = $1::uuid)::int AS accounts,
               (SELECT count(*) FROM sekisho_sign_in_source)::int AS sources`,
            [person.subject],
          );
          return counted.rows[0];
        });
      await setup.node.authentication.removeExpired();
      const kept = await rows();
      assert.ok(kept !== undefined && kept.names > 0 && kept.sources > 0);
      setup.clock.time += 31 * 24 * hour;
      await setup.node.authentication.removeExpired();
      assert.deepEqual(await rows(), { names: 0, accounts: 1, sources: 0 });
    });
  });
