import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import {
  createPasswordHasher,
  defaultArgon2Parameters,
  hashPassword,
  verifyAgainstNobody,
  verifyPassword,
} from "sekisho/authentication";
import { Problem } from "sekisho/kernel";

const password = "correct horse battery staple";

async function outcome(attempt: string, stored: string): Promise<string> {
  const decision = await verifyPassword(attempt, stored);
  return decision.effect === "allow" ? "allowed" : decision.reason;
}

describe("a password hash", () => {
  it("is argon2id in PHC form with OWASP's cost", async () => {
    const stored = await hashPassword(password);
    assert.match(
      stored,
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
  });

  it("is another each time, and both verify", async () => {
    const [first, second] = [await hashPassword(password), await hashPassword(password)];
    assert.notEqual(first, second);
    for (const stored of [first, second]) assert.equal(await outcome(password, stored), "allowed");
  });

  it("is compatible with the reference implementation", async () => {
    // `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32` (test.c of the reference).
    const reference =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    const decision = await verifyPassword("password", reference);
    assert.deepEqual(decision, { effect: "allow", rehash: true });
    assert.equal(await outcome("differentpassword", reference), "mismatch");
  });

  it("takes the whole password: bytes after the 72nd, after a NUL, case and blanks count", async () => {
    const pairs = [
      [`${"q".repeat(72)}!`, `${"q".repeat(72)}?`],
      [`${"q".repeat(72)}!`, "q".repeat(72)],
      ["abc!\u0000defghijkl", "abc!\u0000zzzzzzzzz"],
      ["abc!\u0000defghijkl", "abc!"],
      [password, "Correct horse battery staple"],
      [password, `${password} `],
      [password, ` ${password}`],
      ["🔑".repeat(30) + "!", "🔑".repeat(30) + "?"],
    ] as const;
    for (const [enrolled, attempt] of pairs) {
      const stored = await hashPassword(enrolled);
      assert.equal(await outcome(attempt, stored), "mismatch");
      assert.equal(await outcome(enrolled, stored), "allowed", "the control");
    }
  });

  it("is the same for composed and decomposed spelling, and for nothing wider", async () => {
    const stored = await hashPassword("caf\u00e9-caf\u00e9-caf\u00e9");
    assert.equal(await outcome("cafe\u0301-cafe\u0301-cafe\u0301", stored), "allowed");
    assert.equal(await outcome("cafe-cafe-cafe", stored), "mismatch");
    assert.equal(await outcome("ﬁne", await hashPassword("fine")), "mismatch");
  });

  it("takes 1,024 bytes and not one more", async () => {
    const longest = `${"é".repeat(511)}!!`;
    assert.equal(await outcome(longest, await hashPassword(longest)), "allowed");
    for (const tooLong of [`${longest}!`, "x".repeat(1_000_000)]) {
      await assert.rejects(hashPassword(tooLong), { code: "password-refused", reason: "too-long" });
      assert.equal(await outcome(tooLong, await hashPassword(password)), "too-long");
    }
  });

  it("is not made of lone surrogates, which all look alike in UTF-8", async () => {
    await assert.rejects(hashPassword("abcdefghijk\ud800"), { reason: "malformed" });
    const stored = await hashPassword("abcdefghijk\ufffd");
    assert.equal(await outcome("abcdefghijk\ud800", stored), "malformed");
    assert.equal(await outcome("abcdefghijk\ufffd", stored), "allowed");
  });

  it("is to be renewed when it is weaker than wanted, and only then", async () => {
    const wanted = { ...defaultArgon2Parameters, passes: 3 };
    const old = await hashPassword(password);
    const renewed = await hashPassword(password, wanted);
    assert.deepEqual(await verifyPassword(password, old), { effect: "allow", rehash: false });
    assert.deepEqual(await verifyPassword(password, old, wanted), {
      effect: "allow",
      rehash: true,
    });
    assert.deepEqual(await verifyPassword(password, renewed, wanted), {
      effect: "allow",
      rehash: false,
    });
    assert.deepEqual(await verifyPassword(password, renewed), { effect: "allow", rehash: false });
  });

  it("is not made with less than OWASP's cost", async () => {
    const weak = [
      { memoryKibibytes: 19_455, passes: 2, lanes: 1 },
      { memoryKibibytes: 19_456, passes: 1, lanes: 1 },
      { memoryKibibytes: 12_287, passes: 3, lanes: 1 },
      { memoryKibibytes: 47_103, passes: 1, lanes: 1 },
      { memoryKibibytes: Number.NaN, passes: 2, lanes: 1 },
      { memoryKibibytes: 19_456, passes: 2, lanes: 0 },
    ];
    for (const parameters of weak)
      await assert.rejects(hashPassword(password, parameters), TypeError);
    const enough = { memoryKibibytes: 12_288, passes: 3, lanes: 1 };
    assert.match(await hashPassword(password, enough), /m=12288,t=3,p=1/);
  });

  it("that is damaged, of another kind, or absurdly costly verifies nothing", async () => {
    const stored = await hashPassword(password);
    const damaged = [
      "",
      "!",
      password,
      "$2b$12$abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdef",
      stored.replace("argon2id", "argon2i"),
      stored.replace("v=19", "v=16"),
      stored.replace("m=19456", "m=99999999"),
      stored.replace("m=19456", "m=1"),
      stored.replace("t=2", "t=0"),
      stored.slice(0, -30),
      `${stored}=`,
      `${stored}\n`,
    ];
    for (const text of damaged) assert.equal(await outcome(password, text), "malformed-hash");
    assert.equal(await outcome(password, stored), "allowed");
  });
});

describe("an unknown account", () => {
  it("is denied like a wrong password, for every kind of password", async () => {
    const stored = await hashPassword(password);
    for (const attempt of ["wrong", "", "x".repeat(1025), "\ud800"]) {
      const unknown = await verifyAgainstNobody(attempt);
      assert.deepEqual(unknown, await verifyPassword(attempt, stored));
      assert.equal(unknown.effect, "deny");
    }
  });

  it("costs what a known one costs", async () => {
    const stored = await hashPassword(password);
    const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
      const begin = performance.now();
      await work();
      return performance.now() - begin;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    const unusable: number[] = [];
    for (let round = 0; round < 9; round++) {
      known.push(await elapsed(() => verifyPassword("wrong", stored)));
      unknown.push(await elapsed(() => verifyAgainstNobody("wrong")));
      unusable.push(await elapsed(() => verifyPassword("wrong", "!")));
    }
    const median = (values: number[]): number => values.toSorted((a, b) => a - b)[4] ?? 0;
    // A shortcut would be a thousand times faster; a busy machine is not.
    for (const other of [unknown, unusable]) {
      const ratio = median(other) / median(known);
      assert.ok(ratio > 0.5 && ratio < 2, `ratio ${ratio}`);
    }
  });
});

describe("the turnstile of hashing", () => {
  it("lets a few work, a few wait, and refuses the next at once with 503", async () => {
    const hasher = createPasswordHasher({ concurrency: 1, queue: 2 });
    const admitted = [1, 2, 3].map(() => hasher.verifyAgainstNobody("wrong"));
    await assert.rejects(
      hasher.verifyAgainstNobody("wrong"),
      (error) => error instanceof Problem && error.status === 503 && error.code === "overloaded",
    );
    for (const decision of await Promise.all(admitted)) assert.equal(decision.effect, "deny");
    assert.equal((await hasher.verifyAgainstNobody("wrong")).effect, "deny", "free again");
  });

  it("refuses long passwords without a turn", async () => {
    const hasher = createPasswordHasher({ concurrency: 1, queue: 0 });
    const working = hasher.verifyAgainstNobody("wrong");
    const decision = await hasher.verifyAgainstNobody("x".repeat(2000));
    assert.equal(decision.reason, "too-long");
    await working;
  });

  it("needs sound bounds", () => {
    assert.throws(() => createPasswordHasher({ concurrency: 0 }), TypeError);
    assert.throws(() => createPasswordHasher({ queue: -1 }), TypeError);
    assert.ok(createPasswordHasher({ concurrency: 1, queue: 0 }));
  });
});
