import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { testDatabases } from "sekisho/testing";
import {
  addPerson,
  minute,
  refreshed,
  refreshOutcome,
  second,
  setUp,
  signInAs,
  standingOf,
  type Setup,
} from "../authentication-node.ts";
import type { TokenGrant } from "sekisho/authentication";

/** What an honest browser with two tabs and one store of tokens goes through. */
const step = fc.oneof(
  fc.constant({ kind: "refresh" } as const),
  fc.record({
    kind: fc.constant("lost-answer" as const),
    retryAfter: fc.integer({ min: 0, max: 9_999 }),
  }),
  fc.record({ kind: fc.constant("two-tabs" as const), apart: fc.integer({ min: 0, max: 9_999 }) }),
  fc.constant({ kind: "racing-tabs" } as const),
  fc.record({
    kind: fc.constant("pause" as const),
    length: fc.integer({ min: 0, max: 50 * minute }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const browser = "browser at home";
const thief = "browser elsewhere";

/** Takes the step and returns the tokens that the browser stores afterwards. */
async function live(setup: Setup, grant: TokenGrant, taken: Step): Promise<TokenGrant> {
  const ask = () => refreshed(setup.node, grant.refreshToken, browser);
  switch (taken.kind) {
    case "refresh":
      return ask();
    case "lost-answer": {
      const lost = await ask();
      setup.clock.time += taken.retryAfter;
      const retried = await ask();
      assert.equal(retried.refreshToken, lost.refreshToken);
      return retried;
    }
    case "two-tabs": {
      const first = await ask();
      setup.clock.time += taken.apart;
      const other = await ask();
      assert.equal(other.refreshToken, first.refreshToken);
      return first;
    }
    case "racing-tabs": {
      const [first, other] = await Promise.all([ask(), ask()]);
      assert.equal(other.refreshToken, first.refreshToken);
      return other;
    }
    case "pause":
      setup.clock.time += taken.length;
      return ask();
    default:
      throw new Error("unknown step");
  }
}

for (const kind of await testDatabases())
  describe(`any life of a refresh family (${kind.name})`, () => {
    const numRuns = kind.name === "embedded" ? 25 : 50;
    let setup: Setup;
    before(async () => {
      setup = await setUp(kind);
    });
    after(() => setup.close());

    it("never logs an honest browser out, whatever answers it loses and tabs it races", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          let grant = await signInAs(setup, await addPerson(setup));
          for (const taken of steps) {
            grant = await live(setup, grant, taken);
            assert.equal(await standingOf(setup.node, grant), "allow");
          }
        }),
        { numRuns },
      );
    });

    it("never survives a thief: once both have used a stolen token, everything is dead", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 4 }),
          fc.array(step, { maxLength: 4 }),
          fc.constantFrom("elsewhere", "at-home-later"),
          async (past, between, where) => {
            let grant = await signInAs(setup, await addPerson(setup));
            for (const taken of past) grant = await live(setup, grant, taken);
            const stolen = grant.refreshToken;
            for (const taken of between) grant = await live(setup, grant, taken);
            // A thief who looks exactly like the browser must at least come later than it.
            if (where === "at-home-later") setup.clock.time += 10 * second;
            const clientKey = where === "elsewhere" ? thief : browser;
            const theft = await setup.node.authentication.refresh({
              refreshToken: stolen,
              clientKey,
            });
            if (between.length > 0) {
              assert.deepEqual(theft, { effect: "deny", reason: "token-reuse" });
            } else {
              // The token was still unused, so the thief was first; the owner's next use shows it.
              assert.ok(theft.effect === "allow");
              setup.clock.time += 10 * second;
              assert.equal(
                await refreshOutcome(setup.node, grant.refreshToken, browser),
                "token-reuse",
              );
              assert.equal(await standingOf(setup.node, theft), "session-ended");
              assert.equal(
                await refreshOutcome(setup.node, theft.refreshToken, clientKey),
                "session-ended",
              );
            }
            assert.equal(await standingOf(setup.node, grant), "session-ended");
            assert.equal(
              await refreshOutcome(setup.node, grant.refreshToken, browser),
              "session-ended",
            );
          },
        ),
        { numRuns },
      );
    });

    it("never has two unused tokens, whoever presents whatever in whatever order", async () => {
      const presentation = fc.record({
        token: fc.nat(),
        client: fc.constantFrom(browser, thief),
        pause: fc.constantFrom(0, 0, 0, second, 11 * second),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(presentation, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
          async (rounds) => {
            const grant = await signInAs(setup, await addPerson(setup));
            const seen = [grant.refreshToken];
            for (const round of rounds) {
              setup.clock.time += round[0]?.pause ?? 0;
              const decisions = await Promise.all(
                round.map((presented) =>
                  setup.node.authentication.refresh({
                    refreshToken: seen[presented.token % seen.length] ?? "",
                    clientKey: presented.client,
                  }),
                ),
              );
              for (const decision of decisions)
                if (decision.effect === "allow" && !seen.includes(decision.refreshToken))
                  seen.push(decision.refreshToken);
            }
            const { rows } = await setup.database.store.asSystem("test", (session) =>
              session.query<{ unused: number; all: number }>(
                `SELECT count(*) FILTER (WHERE used_at IS NULL)::int AS unused, count(*)::int AS all
                 FROM sekisho_refresh_token WHERE session_id = $1::uuid`,
                [grant.sessionId],
              ),
            );
            assert.deepEqual(rows, [{ unused: 1, all: seen.length }]);
          },
        ),
        { numRuns },
      );
    });
  });
