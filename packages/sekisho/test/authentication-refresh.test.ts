import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { decideRefresh, type RefreshFacts } from "sekisho/authentication";
import { testDatabases } from "sekisho/testing";
import {
  addPerson,
  authenticate,
  hour,
  minute,
  outcomeOf,
  refreshed,
  refreshOutcome,
  second,
  setUp,
  signInAs,
  standingOf,
  type Setup,
} from "./authentication-node.ts";

describe("what a refresh token means", () => {
  const now = 1_000_000;
  const facts: RefreshFacts = {
    now,
    session: { ended: false, absoluteExpiresAt: now + 1, idleExpiresAt: now + 1 },
    accountStatus: "active",
    token: { used: false },
    repeatWindow: 10_000,
  };
  const used = {
    used: true,
    usedAt: now - 9_999,
    sameClient: true,
    repeated: false,
    successorUsed: false,
  } as const;
  const ended = { ...facts.session, ended: true };
  const rows: readonly (readonly [string, Partial<RefreshFacts>, string])[] = [
    ["an unused token", {}, "rotate"],
    ["a repeat at the end of the window", { token: used }, "repeat"],
    ["just after the window", { token: { ...used, usedAt: now - 10_000 } }, "token-reuse"],
    ["another client", { token: { ...used, sameClient: false } }, "token-reuse"],
    ["a second repeat", { token: { ...used, repeated: true } }, "token-reuse"],
    ["a used successor", { token: { ...used, successorUsed: true } }, "token-reuse"],
    ["another node's clock ahead of ours", { token: { ...used, usedAt: now + 500 } }, "repeat"],
    ["an ended session", { session: ended }, "session-ended"],
    [
      "theft in an ended session",
      { session: ended, token: { ...used, repeated: true } },
      "session-ended",
    ],
    ["a disabled account", { accountStatus: "disabled" }, "account-disabled"],
    [
      "the absolute end",
      { session: { ...facts.session, absoluteExpiresAt: now } },
      "absolute-expired",
    ],
    ["the idle end", { session: { ...facts.session, idleExpiresAt: now } }, "idle-expired"],
    [
      "theft in an idle session",
      { session: { ...facts.session, idleExpiresAt: now }, token: { ...used, sameClient: false } },
      "token-reuse",
    ],
  ];
  for (const [name, change, outcome] of rows)
    it(`${name}: ${outcome}`, () => {
      assert.equal(decideRefresh({ ...facts, ...change }), outcome);
    });
});

for (const kind of await testDatabases())
  describe(`refreshing (${kind.name})`, () => {
    let setup: Setup;
    before(async () => {
      setup = await setUp(kind);
    });
    after(() => setup.close());

    it("gives new tokens of the same session and keeps auth_time", async () => {
      const person = await addPerson(setup, ["user"]);
      const first = await signInAs(setup, person);
      const signedInAt = Math.floor(setup.clock.time / 1000);
      setup.clock.time += 20 * minute;
      const next = await refreshed(setup.node, first.refreshToken);
      assert.notEqual(next.refreshToken, first.refreshToken);
      assert.notEqual(next.accessToken, first.accessToken);
      assert.equal(next.sessionId, first.sessionId);
      const decision = await authenticate(setup.node, next);
      assert.ok(decision.effect === "allow");
      assert.equal(decision.principal.authenticatedAt, signedInAt);
      assert.deepEqual([...decision.principal.roles], ["user"]);
      assert.deepEqual(decision.principal.methods, ["pwd"]);
    });

    it("ends the family when a used token comes after the window", async () => {
      const person = await addPerson(setup);
      const bystander = await signInAs(setup, person);
      const first = await signInAs(setup, person);
      const next = await refreshed(setup.node, first.refreshToken);
      setup.clock.time += 10 * second;
      setup.recorded.length = 0;
      assert.equal(await refreshOutcome(setup.node, first.refreshToken), "token-reuse");
      assert.equal(await refreshOutcome(setup.node, next.refreshToken), "session-ended");
      assert.equal(await standingOf(setup.node, next), "session-ended");
      assert.equal(await standingOf(setup.node, first), "session-ended");
      assert.equal(await standingOf(setup.node, bystander), "allow", "another session goes on");
      assert.deepEqual(
        setup.recorded.map((event) => [event.name, event.object]),
        [
          ["authn_token_reuse", `session:${first.sessionId}`],
          ["authn_token_revoked", `session:${first.sessionId}`],
        ],
      );
    });

    it("gives the same client the same successor once, right after the use", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const next = await refreshed(setup.node, first.refreshToken);
      setup.clock.time += 10 * second - 1;
      const again = await refreshed(setup.node, first.refreshToken);
      assert.equal(again.refreshToken, next.refreshToken);
      assert.equal(await standingOf(setup.node, again), "allow");
      assert.equal(await refreshOutcome(setup.node, next.refreshToken), "allow");
    });

    it("takes a second repeat for theft", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const next = await refreshed(setup.node, first.refreshToken);
      await refreshed(setup.node, first.refreshToken);
      assert.equal(await refreshOutcome(setup.node, first.refreshToken), "token-reuse");
      assert.equal(await refreshOutcome(setup.node, next.refreshToken), "session-ended");
    });

    it("takes a repeat of another client for theft, inside the window", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const next = await refreshed(setup.node, first.refreshToken, "browser");
      assert.equal(await refreshOutcome(setup.node, first.refreshToken, "thief"), "token-reuse");
      assert.equal(await refreshOutcome(setup.node, next.refreshToken), "session-ended");
    });

    it("takes a repeat for theft once the successor was used", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const next = await refreshed(setup.node, first.refreshToken);
      const third = await refreshed(setup.node, next.refreshToken);
      assert.equal(await refreshOutcome(setup.node, first.refreshToken), "token-reuse");
      assert.equal(await refreshOutcome(setup.node, third.refreshToken), "session-ended");
    });

    it("finds out when the thief was first and the owner comes", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const stolen = await refreshed(setup.node, first.refreshToken, "thief");
      assert.equal(await standingOf(setup.node, stolen), "allow", "the control: theft worked");
      assert.equal(await refreshOutcome(setup.node, first.refreshToken), "token-reuse");
      assert.equal(await standingOf(setup.node, stolen), "session-ended");
      assert.equal(await refreshOutcome(setup.node, stolen.refreshToken, "thief"), "session-ended");
    });

    it("lets 50 parallel refreshes of one token make no second lineage", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const decisions = await Promise.all(
        Array.from({ length: 50 }, () =>
          setup.node.authentication.refresh({
            refreshToken: first.refreshToken,
            clientKey: "browser",
          }),
        ),
      );
      const successors = new Set(
        decisions.flatMap((decision) =>
          decision.effect === "allow" ? [decision.refreshToken] : [],
        ),
      );
      assert.equal(successors.size, 1);
      assert.equal(decisions.filter((decision) => decision.effect === "allow").length, 2);
      const [successor = ""] = successors;
      assert.equal(await refreshOutcome(setup.node, successor), "session-ended");
    });

    it("lets two tabs that refresh at once go on with one successor", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const tabs = await Promise.all([
        refreshed(setup.node, first.refreshToken),
        refreshed(setup.node, first.refreshToken),
      ]);
      assert.equal(tabs[0].refreshToken, tabs[1].refreshToken);
      assert.equal(await standingOf(setup.node, tabs[0]), "allow");
      assert.equal(await standingOf(setup.node, tabs[1]), "allow");
    });

    for (const [roles, absolute, idle] of [
      [["user"], 24 * hour, hour],
      [["user", "admin"], 12 * hour, 30 * minute],
    ] as const) {
      it(`ends a session of ${roles.join("+")} that idles for ${idle / minute} minutes`, async () => {
        const person = await addPerson(setup, roles);
        const active = await signInAs(setup, person);
        setup.clock.time += idle - 1;
        const next = await refreshed(setup.node, active.refreshToken);
        setup.clock.time += idle;
        assert.equal(await refreshOutcome(setup.node, next.refreshToken), "idle-expired");
        assert.equal(await refreshOutcome(setup.node, next.refreshToken), "session-ended");
      });

      it(`ends a session of ${roles.join("+")} after ${absolute / hour} hours, however active`, async () => {
        const person = await addPerson(setup, roles);
        const end = setup.clock.time + absolute;
        let grant = await signInAs(setup, person);
        while (setup.clock.time + 29 * minute < end) {
          setup.clock.time += 29 * minute;
          grant = await refreshed(setup.node, grant.refreshToken);
        }
        setup.clock.time = end - 2 * second;
        grant = await refreshed(setup.node, grant.refreshToken);
        assert.equal(grant.refreshExpiresIn, 2);
        assert.equal(grant.expiresIn, 2);
        assert.equal(await standingOf(setup.node, grant), "allow");
        setup.clock.time = end;
        assert.equal(await standingOf(setup.node, grant), "session-expired");
        assert.equal(await refreshOutcome(setup.node, grant.refreshToken), "absolute-expired");
      });
    }

    it("refuses what is not a refresh token at all", async () => {
      const grant = await signInAs(setup, await addPerson(setup));
      const { refreshToken, accessToken } = grant;
      for (const wrong of [
        "",
        accessToken,
        refreshToken.slice(0, -1),
        `${refreshToken}A`,
        `${refreshToken}=`,
        refreshToken.replace("skr_", "skx_"),
        `skr_${"A".repeat(43)}`,
        // The last character carries spare bits: the same bytes, another spelling.
        refreshToken.slice(0, -1) + String.fromCharCode(refreshToken.charCodeAt(46) + 1),
      ])
        assert.equal(await refreshOutcome(setup.node, wrong), "unknown-token", wrong);
      assert.equal(await refreshOutcome(setup.node, refreshToken), "allow");
      assert.equal(
        await standingOf(setup.node, { ...grant, accessToken: refreshToken }),
        "malformed",
      );
    });

    it("stores neither a token nor anything that gives one away", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const next = await refreshed(setup.node, first.refreshToken);
      await refreshed(setup.node, next.refreshToken);
      const { rows } = await setup.database.store.asSystem("test", (session) =>
        session.query<{ text: string; nonce: boolean; used: boolean; issued: number }>(
          `SELECT t::text AS text, nonce IS NOT NULL AS nonce, used_at IS NOT NULL AS used
           FROM sekisho_refresh_token t WHERE session_id = $1::uuid ORDER BY used_at NULLS LAST`,
          [first.sessionId],
        ),
      );
      assert.equal(rows.length, 3);
      for (const { refreshToken } of [first, next])
        for (const row of rows) {
          const hex = Buffer.from(refreshToken.slice(4), "base64url").toString("hex");
          assert.ok(!row.text.includes(hex));
        }
      // Only the last rotation can be repeated, so only its nonce is kept.
      assert.equal(rows.filter((row) => row.nonce).length, 1);
      assert.equal(rows.filter((row) => !row.used).length, 1);
      setup.clock.time += minute + 1;
      await setup.node.authentication.removeExpired();
      const left = await setup.database.store.asSystem("test", (session) =>
        session.query("SELECT 1 FROM sekisho_refresh_token WHERE nonce IS NOT NULL"),
      );
      assert.equal(left.rows.length, 0);
    });

    it("makes a successor that takes both the old token and what only the database knows", async () => {
      const first = await signInAs(setup, await addPerson(setup));
      const next = await refreshed(setup.node, first.refreshToken);
      const { rows } = await setup.database.store.asSystem("test", (session) =>
        session.query<{ nonce: Uint8Array }>(
          "SELECT nonce FROM sekisho_refresh_token WHERE session_id = $1::uuid AND nonce IS NOT NULL",
          [first.sessionId],
        ),
      );
      const nonce = rows[0]?.nonce ?? new Uint8Array();
      const derive = (token: string, salt: Uint8Array) =>
        `skr_${createHmac("sha256", Buffer.from(token.slice(4), "base64url"))
          .update("sekisho refresh successor\0")
          .update(salt)
          .digest("base64url")}`;
      assert.equal(derive(first.refreshToken, nonce), next.refreshToken, "the control");
      assert.notEqual(derive(first.refreshToken, new Uint8Array()), next.refreshToken);
      assert.notEqual(derive(next.refreshToken, nonce), next.refreshToken);
    });

    it("answers a refresh and a disabling at the same moment with a dead session", async () => {
      for (let round = 0; round < 10; round++) {
        const person = await addPerson(setup);
        const first = await signInAs(setup, person);
        const [decision] = await Promise.all([
          setup.node.authentication.refresh({
            refreshToken: first.refreshToken,
            clientKey: "browser",
          }),
          setup.database.store.asSystem("test", (session) =>
            setup.node.authentication.setRolesAndStatus(session, person.subject, {
              status: "disabled",
            }),
          ),
        ]);
        const token = decision.effect === "allow" ? decision.refreshToken : first.refreshToken;
        assert.equal(await refreshOutcome(setup.node, token), "session-ended");
        if (decision.effect === "allow")
          assert.equal(outcomeOf(await authenticate(setup.node, decision)), "session-ended");
      }
    });
  });
