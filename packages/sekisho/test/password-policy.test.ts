import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import {
  checkPassword,
  defaultPasswordPolicy,
  describePasswordRefusal,
  isCommonPassword,
  nistPolicy,
  type PasswordContext,
  type PasswordPolicy,
  type PasswordRefusal,
} from "sekisho/authentication";

function outcome(password: string, policy?: PasswordPolicy, context?: PasswordContext): string {
  const decision = checkPassword(password, policy, context);
  return decision.effect === "allow" ? "allowed" : decision.reason;
}

type Row = readonly [password: string, outcome: PasswordRefusal | "allowed"];

function table(rows: readonly Row[], policy?: PasswordPolicy, context?: PasswordContext): void {
  for (const [password, expected] of rows)
    it(`${JSON.stringify(password.slice(0, 40))}: ${expected}`, () =>
      assert.equal(outcome(password, policy, context), expected));
}

describe("the default policy", () => {
  table([
    ["x9$Kp2#mQ7&", "too-short"],
    ["x9$Kp2#mQ7&z", "allowed"],
    ["x9aKp2bmQ7cz", "no-symbol"],
    ["x9aKp2bmQ7czab", "no-symbol"],
    ["x9aKp2bmQ7czabq", "allowed"],
    ["purple monkey dishwasher", "allowed"],
    ["пароль-пароль-1", "allowed"],
    ["パスワード・パスワード!", "allowed"],
    ["", "too-short"],
  ]);

  it("counts code points after composing", () => {
    assert.equal(outcome("🔑".repeat(7) + "🗝️🔒!"), "too-short");
    assert.equal(outcome("e\u0301!".repeat(5) + "q"), "too-short", "11 composed, 16 decomposed");
    assert.equal(outcome("e\u0301!".repeat(5) + "qw"), "allowed");
  });

  it("takes 1,024 bytes and refuses one more, and a megabyte at once", () => {
    const longest = "a-é".repeat(256);
    assert.equal(Buffer.byteLength(longest), 1024);
    assert.equal(outcome(longest), "allowed");
    assert.equal(outcome(`${longest}a`), "too-long");
    const begin = performance.now();
    assert.equal(outcome("aB3!".repeat(250_000)), "too-long");
    assert.ok(performance.now() - begin < 20);
  });

  it("refuses what is not well-formed Unicode", () => {
    assert.equal(outcome("ab!\ud800cdefghijkl"), "malformed");
  });
});

describe("the policy of NIST", () => {
  table(
    [
      ["zebra kayak lam", "allowed"],
      ["zebra kayak la", "too-short"],
      ["x9$Kp2#mQ7&z", "too-short"],
      [`zebra ${"kayak ".repeat(20)}`, "allowed"],
    ],
    nistPolicy,
  );
});

describe("a policy of one's own", () => {
  const strict: PasswordPolicy = { minLength: 12, requireSymbol: true, maxLength: 128 };
  table(
    [
      ["CorrectHorseBatteryStaple", "no-symbol"],
      ["Correct-HorseBatteryStaple", "allowed"],
      ["aB3!".repeat(32), "allowed"],
      [`${"aB3!".repeat(32)}a`, "too-long"],
    ],
    strict,
  );

  it("cannot ask for less than the standards allow", () => {
    assert.throws(() => outcome("x", { minLength: 7 }), TypeError);
    assert.throws(() => outcome("x", { minLength: Number.NaN }), TypeError);
    assert.throws(() => outcome("x", { minLength: 8, maxLength: 63 }), TypeError);
    assert.equal(outcome("zebrakay", { minLength: 8, maxLength: 64 }), "allowed");
  });
});

describe("a common password", () => {
  const common = [
    "Password@123",
    "P@ssword@123",
    "Passw0rd!234",
    "password123!",
    "Password1234567890",
    "Qwerty123456!",
    "Iloveyou123!",
    "Welcome@1234",
    "Admin@123456",
    "Summer2024!!",
    "passwordpassword",
    "qwertyqwertyqwerty",
    "qwertyuiop[]",
    "ＰＡＳＳＷＯＲＤ-123",
    "1qaz2wsx3edc4rfv",
  ];
  for (const password of common)
    it(`is recognised as ${password}`, () => assert.equal(outcome(password), "common"));

  const uncommon = [
    "password of my choice!",
    "xkcd-password-936",
    "Summer83746152!!x",
    "------abcdef",
    "!@#$%^&*()_+",
  ];
  for (const password of uncommon)
    it(`is not seen in ${password}`, () => assert.equal(outcome(password), "allowed"));

  it("is recognised without the rules of form too", () => {
    assert.equal(isCommonPassword("Dragon"), true);
    assert.equal(isCommonPassword("dragonfruit salad"), false);
  });

  it("is looked up fast", () => {
    isCommonPassword("warm up");
    const begin = performance.now();
    for (let index = 0; index < 1000; index++) isCommonPassword(`Zebra-${index}-kayak`);
    assert.ok(performance.now() - begin < 200);
  });
});

describe("a row of neighbours", () => {
  table([
    ["aaaaaaaaaaaaaaa", "sequence"],
    ["!!!!!!!!!!!!", "sequence"],
    ["abcdefghijklmnopq", "sequence"],
    ["qponmlkjihgfedcba", "sequence"],
    ["890123456789012345", "sequence"],
    ["abababababababab", "sequence"],
    ["abcdefghijklmnopz", "allowed"],
  ]);
});

describe("a password made of one's own names", () => {
  const context = {
    username: "alice_smith",
    display_name: "Alice Möller",
    email: "alice.smith@corporate.example",
    nickname: undefined,
  };
  table(
    [
      ["alice-alice-1", "derived-from-context"],
      ["Alice.Smith.1990!", "derived-from-context"],
      ["smith-alice-2026", "derived-from-context"],
      ["4l1c3-5m1th!!", "derived-from-context"],
      ["ecila.htims!!", "derived-from-context"],
      ["MOLLER-möller", "derived-from-context"],
      ["alice.smith@corporate.example", "derived-from-context"],
      ["corporate-Alice-19900101", "derived-from-context"],
      ["alice is in wonderland", "allowed"],
      ["alice-837465920183", "allowed"],
      ["malice and smithereens", "allowed"],
    ],
    defaultPasswordPolicy,
    context,
  );

  it("may be somebody else's name", () => {
    assert.equal(outcome("alice-alice-1", defaultPasswordPolicy, ["bob"]), "allowed");
    assert.equal(
      outcome("alice-alice-1", defaultPasswordPolicy, ["alice"]),
      "derived-from-context",
    );
  });

  it("is not found for words too short to mean anything", () => {
    assert.equal(outcome("al-al-al-al-al", defaultPasswordPolicy, ["al"]), "allowed");
  });
});

describe("a refusal", () => {
  it("is told in words that do not quote the password", () => {
    assert.equal(
      describePasswordRefusal("no-symbol"),
      "must have a symbol or at least 15 characters",
    );
    assert.equal(describePasswordRefusal("no-symbol", { minLength: 8 }), "must have a symbol");
    assert.equal(
      describePasswordRefusal("too-short", nistPolicy),
      "must have at least 15 characters",
    );
    assert.match(describePasswordRefusal("too-long", { minLength: 8, maxLength: 100 }), /100/);
  });
});
