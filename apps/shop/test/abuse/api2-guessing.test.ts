/** API2:2023 Broken Authentication: guessing passwords (API2.V1, V2, P8, P9). */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { holdClock } from "../held-clock.ts";
import {
  backend,
  runShop,
  visible,
  type Answer,
  type Person,
  type RunningShop,
} from "../running-shop.ts";

const clock = holdClock(Date.now());
const wrong = "certainly not the password!";

describe("API2: nobody guesses a password", () => {
  let running: RunningShop;
  let folder: string;
  /** Whoever does not know one of them signed in from home, which is 127.0.0.1. */
  let alice: Person;
  let bob: Person;

  /** On disk where there is no server, so that a restart finds it again. */
  const environment = (): Record<string, string> => ({
    TRUSTED_PROXIES: "127.0.0.1",
    ...(backend === "embedded" ? { DATABASE_URL: join(folder, "database") } : {}),
  });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sekisho-guessing-"));
    running = await runShop({ clock }, environment());
    alice = await running.signIn("alice");
    bob = await running.signIn("bob");
  });
  after(async () => {
    await running.close();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(running.internalErrors, []);
  });

  const signIn = (
    username: string,
    password: string,
    from: string,
    node = running,
  ): Promise<Answer> =>
    node.send("/api/auth/token", {
      json: { username, password },
      headers: { "x-forwarded-for": from },
    });

  /** What a guesser may know: nothing that tells names, counters or windows apart. */
  function isReticent(answer: Answer): void {
    assert.equal(answer.headers.get("ratelimit"), null);
    assert.equal(answer.headers.get("ratelimit-policy"), null);
    if (answer.status === 429) assert.equal(answer.headers.get("retry-after"), "60");
  }

  it("one address runs out of tries, for one name, a name that is none, and many names", async () => {
    const guess = async (from: string, nameOf: (index: number) => string) => {
      const answers: Answer[] = [];
      for (let index = 0; index < 60; index++) {
        clock.pass(1);
        answers.push(await signIn(nameOf(index), wrong, from));
      }
      return answers;
    };
    const known = await guess("203.0.113.1", () => "alice");
    const unknown = await guess("203.0.113.2", () => "nobody-of-that-name");
    const many = await guess("203.0.113.3", (index) => `name-${index}`);
    for (const answers of [known, unknown, many]) {
      const statuses = answers.map(({ status }) => status);
      const first = statuses.indexOf(429);
      assert.ok(first > 0 && first < 59, `the first 429 is answer ${first}`);
      assert.equal(statuses.at(-1), 429);
      for (const status of statuses) assert.ok(status === 401 || status === 429);
      answers.forEach(isReticent);
    }
    assert.deepEqual(known.map(visible), unknown.map(visible), "a name is like another");
    const refused = [known, many].map((answers) => answers.find(({ status }) => status === 429));
    assert.deepEqual(...(refused.map((answer) => answer && visible(answer)) as [unknown, unknown]));

    assert.equal((await signIn("bob", bob.password, "203.0.113.3")).status, 429);
    assert.equal((await signIn("bob", bob.password, "203.0.113.4")).status, 200);
  });

  it("an address of IPv6 is its whole network, and forging one does not help", async () => {
    const tries: number[] = [];
    for (let index = 0; index < 60; index++)
      tries.push((await signIn(`name-${index}`, wrong, `2001:db8::${index}`)).status);
    assert.ok(tries.indexOf(429) > 0);
    assert.equal((await signIn("bob", bob.password, "2001:db8::ffff")).status, 429);
    assert.equal((await signIn("bob", bob.password, "10.9.8.7, 2001:db8::1")).status, 429);
    assert.equal((await signIn("bob", bob.password, "2001:db8:0:1::1")).status, 200);
  });

  it("tries at the same time are counted one by one", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => signIn("alice", wrong, "203.0.113.5")),
    );
    const judged = answers.filter(({ status }) => status === 401).length;
    assert.ok(judged <= 5, `${judged} of 50 passwords were looked at`);
    assert.equal(answers.filter(({ status }) => status === 429).length, 50 - judged);
  });

  it("a restart gives nobody new tries", async () => {
    const from = "203.0.113.6";
    for (let index = 0; index < 45; index++) await signIn(`name-${index}`, wrong, from);
    assert.equal((await signIn("bob", bob.password, from)).status, 429);
    if (backend === "servers") {
      const second = await running.secondNode();
      assert.equal((await signIn("bob", bob.password, from, second)).status, 429);
    } else {
      await running.close();
      running = await runShop({ clock }, environment());
      assert.equal((await signIn("bob", bob.password, from)).status, 429);
    }
    assert.equal((await signIn("bob", bob.password, "203.0.113.7")).status, 200);
    clock.pass(60);
    assert.equal((await signIn("bob", bob.password, from)).status, 200, "time gives tries back");
  });

  it("whoever guesses from everywhere gets less than a hundred tries, and does not lock the owner out", async () => {
    clock.pass(86_400);
    const home = (): Promise<Answer> => signIn("alice", alice.password, "127.0.0.1");
    assert.equal((await home()).status, 200, "a success forgets the failures before it");
    let judged = 0;
    for (let index = 0; index < 110; index++) {
      clock.pass(index < 50 ? 900 : 86_400);
      const { status } = await signIn("alice", wrong, `198.51.${index}.1`);
      if (status === 401) judged++;
      else assert.equal(status, 429);
    }
    assert.ok(judged >= 50 && judged < 100, `${judged} passwords were looked at`);
    assert.equal((await signIn("alice", alice.password, "198.51.200.1")).status, 429);
    assert.equal((await home()).status, 200);
  });
});
