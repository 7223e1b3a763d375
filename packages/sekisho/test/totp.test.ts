import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { createTotpSecret, hotp, totpUri, verifyTotp } from "sekisho/authentication";
import { systemRandomness } from "sekisho/kernel";

// The ASCII secret "12345678901234567890" of RFC 4226 appendix D and RFC 6238 appendix B.
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
// 1111111109 s is the last but one second of step 37037036.
const now = 1_111_111_109_000;
const step = 37_037_036;
const code = (counter: number): string => hotp({ secret, counter });

function outcome(presented: string, more: { now?: number; lastStep?: number } = {}) {
  const decision = verifyTotp({ secret, code: presented, now, ...more });
  return decision.effect === "allow" ? decision.step : decision.reason;
}

describe("a counter code", () => {
  it("is that of RFC 4226 appendix D", () => {
    const codes = [0, 1, 2, 9].map(code);
    assert.deepEqual(codes, ["755224", "287082", "359152", "520489"]);
  });

  it("keeps its leading zeros", () => assert.equal(code(41_152_263), "005924"));

  it("may have eight digits and another hash, as in RFC 6238 appendix B", () => {
    const long = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA====";
    assert.equal(hotp({ secret, counter: 1, digits: 8 }), "94287082");
    assert.equal(hotp({ secret: long, counter: 1, digits: 8, algorithm: "SHA256" }), "46119246");
  });

  it("needs a whole counter from 0 and a base32 secret", () => {
    for (const counter of [-1, 0.5, Number.NaN])
      assert.throws(() => hotp({ secret, counter }), RangeError);
    for (const broken of ["", "A", "GEZDGNB1", "GEZDGNB!"])
      assert.throws(() => hotp({ secret: broken, counter: 0 }), TypeError);
    assert.equal(hotp({ secret: secret.toLowerCase(), counter: 0 }), "755224");
  });
});

describe("a time code", () => {
  it("is accepted in its own step, from the first second to the last", () => {
    for (const milliseconds of [0, 29_999])
      assert.equal(outcome(code(step), { now: step * 30_000 + milliseconds }), step);
  });

  it("takes the time as a date, too", () => {
    const date = new Date(step * 30_000);
    const right = verifyTotp({ secret, code: code(step), now: date });
    assert.deepEqual(right, { effect: "allow", step });
    assert.equal(verifyTotp({ secret, code: code(step + 1), now: date }).effect, "deny");
  });

  it("is accepted in the next step and refused in the one after", () => {
    assert.equal(outcome(code(step), { now: (step + 2) * 30_000 - 1 }), step);
    assert.equal(outcome(code(step), { now: (step + 2) * 30_000 }), "wrong-code");
  });

  it("is refused before its step", () => {
    assert.equal(outcome(code(step + 1)), "wrong-code");
    assert.equal(outcome(code(step + 1), { now: (step + 1) * 30_000 }), step + 1);
  });

  it("is accepted once: the last accepted step and all before it are refused", () => {
    assert.equal(outcome(code(step), { lastStep: step - 1 }), step);
    assert.equal(outcome(code(step), { lastStep: step }), "already-used");
    assert.equal(outcome(code(step - 1), { lastStep: step }), "already-used");
    assert.equal(outcome(code(step - 1)), step - 1);
  });

  it("can be demanded to be of the present step alone", () => {
    const strict = { secret, now, window: { past: 0, future: 0 } };
    assert.equal(verifyTotp({ ...strict, code: code(step) }).effect, "allow");
    assert.equal(verifyTotp({ ...strict, code: code(step - 1) }).effect, "deny");
  });

  it("must be six ASCII digits and nothing else", () => {
    const right = code(step);
    const broken = [
      "",
      right.slice(1),
      `${right}0`,
      ` ${right}`,
      `${right}\n`,
      `${right.slice(0, 5)}\u0000`,
      "abcdef",
      "-81804",
      "1e5000",
      "０８１８０４",
      "1".repeat(100_000),
    ];
    for (const presented of broken) assert.equal(outcome(presented), "malformed-code");
    assert.equal(outcome(right), step);
  });

  it("that is only wrong is refused", () => assert.equal(outcome("000000"), "wrong-code"));

  it("works at the very beginning of time", () => assert.equal(outcome("755224", { now: 0 }), 0));
});

describe("a new secret", () => {
  it("has 160 bits in base32 and works", () => {
    const fresh = createTotpSecret(systemRandomness);
    assert.match(fresh, /^[A-Z2-7]{32}$/);
    assert.notEqual(fresh, createTotpSecret(systemRandomness));
    assert.equal(
      verifyTotp({ secret: fresh, code: hotp({ secret: fresh, counter: step }), now }).effect,
      "allow",
    );
  });

  it("is the base32 of its bytes", () => {
    const known = { bytes: () => Buffer.from("12345678901234567890") };
    assert.equal(createTotpSecret(known), secret);
  });

  it("travels in an otpauth URI whose names are escaped", () => {
    const uri = new URL(totpUri({ issuer: "The Shop", account: "a:b&c", secret }));
    assert.equal(uri.protocol, "otpauth:");
    assert.equal(uri.pathname, "/The%20Shop:a%3Ab%26c");
    assert.equal(uri.searchParams.get("secret"), secret);
    assert.equal(uri.searchParams.get("issuer"), "The Shop");
  });
});
