import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson, type JsonFault } from "sekisho/contract";

const encoder = new TextEncoder();

function outcomeOf(text: string | Uint8Array, depth?: number): unknown {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const decision = depth === undefined ? parseJson(bytes) : parseJson(bytes, { depth });
  return decision.effect === "allow" ? decision.value : decision.reason;
}

function refuses(text: string | Uint8Array, fault: JsonFault): void {
  assert.equal(outcomeOf(text), fault, String(text).slice(0, 60));
}

describe("a JSON body", () => {
  it("gives what JSON.parse gives", () => {
    for (const text of [
      '{"a":1,"b":[true,false,null,"x"],"c":{"d":-0.5e3}}',
      "0",
      "-0",
      '"text: with {brackets}, [more] and :"',
      '{"a":"}]:\\"","b":"\\\\"}',
      '{"":0," ":1,"a.b":2}',
      ' \t\r\n{"a" \n:\t1 } ',
      '{"é":1,"e\u0301":2}',
      '"\u2028\ud83d\ude00"',
      "[]",
    ])
      assert.deepEqual(outcomeOf(text), JSON.parse(text), text);
  });

  it("may not be empty, and blanks are no JSON", () => {
    refuses("", "empty");
    refuses("  ", "syntax");
  });

  it("must be UTF-8 without a byte order mark", () => {
    refuses(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d), "byte-order-mark");
    refuses(Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0), "not-utf8");
    refuses(Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), "not-utf8");
    refuses(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), "not-utf8");
    assert.equal(outcomeOf(Uint8Array.of(0x22, 0xc3, 0xa9, 0x22)), "é");
    assert.equal(outcomeOf('"\ufeff"'), "\ufeff");
  });

  it("is refused when it is no JSON", () => {
    for (const text of ["{", "}", "{'a':1}", '{"a":1,}', "[1 2]", "NaN", "01", "{}{}", '"\n"', '"'])
      refuses(text, "syntax");
  });
});

describe("names of a JSON body", () => {
  it("may not be repeated in one object, however they are spelt", () => {
    refuses('{"role":"user","role":"admin"}', "duplicate-name");
    refuses('{"a":1,"\\u0061":2}', "duplicate-name");
    refuses('{"a":1,"a":1}', "duplicate-name");
    refuses('{"x":[{"b":{"c":1,"c":{"d":2}}}]}', "duplicate-name");
    refuses('{"a":{"b":1,"c":2},"a":{"d":1}}', "duplicate-name");
    refuses('{"1":0,"1":0}', "duplicate-name");
  });

  it("may be repeated in different objects and in texts", () => {
    const text = '{"a":{"a":{"a":"\\"a\\":1,\\"a\\":2"}},"b":[{"a":1},{"a":2}],"A":3}';
    assert.deepEqual(outcomeOf(text), JSON.parse(text));
  });

  it("may not reach a prototype", () => {
    refuses('{"__proto__":{"isAdmin":true}}', "forbidden-name");
    refuses('{"a":[{"\\u005f_proto__":1}]}', "forbidden-name");
    refuses('{"constructor":{"prototype":{"x":1}}}', "forbidden-name");
    refuses('{"constructor":"x"}', "forbidden-name");
    refuses('{"prototype":1}', "forbidden-name");
  });

  it("may look like a prototype name without being one", () => {
    const text = '{"__proto__ ":1,"Constructor":2,"toString":3,"x":"__proto__"}';
    assert.deepEqual(outcomeOf(text), JSON.parse(text));
  });
});

describe("limits of a JSON body", () => {
  const nested = (count: number): string => "[".repeat(count) + "]".repeat(count);
  const objects = (count: number): string => `${'{"a":'.repeat(count)}1${"}".repeat(count)}`;

  it("let 32 levels through and no 33rd", () => {
    assert.ok(Array.isArray(outcomeOf(nested(32))));
    refuses(nested(33), "too-deep");
    assert.equal(typeof outcomeOf(objects(32)), "object");
    refuses(objects(33), "too-deep");
    assert.notEqual(outcomeOf(`[${"[[]],".repeat(50)}[]]`), "too-deep");
    assert.equal(outcomeOf(`"${"[".repeat(100)}"`), "[".repeat(100));
  });

  it("can be set, and are limited themselves", () => {
    assert.deepEqual(outcomeOf("[]", 1), []);
    assert.equal(outcomeOf("[[]]", 1), "too-deep");
    assert.equal(outcomeOf("1", 0), 1);
    assert.throws(() => outcomeOf("1", 513), RangeError);
    assert.throws(() => outcomeOf("1", Number.NaN), RangeError);
    assert.ok(Array.isArray(outcomeOf(nested(512), 512)));
  });

  it("hold for a hundred thousand brackets at once", () => {
    refuses("[".repeat(100_000), "too-deep");
    refuses('{"a":'.repeat(100_000), "too-deep");
  });
});

describe("texts and numbers of a JSON body", () => {
  it("have no lone surrogates", () => {
    refuses('"\\ud800"', "lone-surrogate");
    refuses('{"a":["\\udc00\\ud800"]}', "lone-surrogate");
    refuses('{"\\udfaa":0}', "lone-surrogate");
    assert.equal(outcomeOf('"\\ud83d\\ude00\\u0000"'), "\ud83d\ude00\0");
  });

  it("are within the range of a double", () => {
    refuses("1e309", "number-out-of-range");
    refuses('{"n":[-1E400]}', "number-out-of-range");
    refuses(`[${"9".repeat(400)}]`, "number-out-of-range");
    assert.equal(outcomeOf("1e308"), 1e308);
    assert.equal(outcomeOf("1e-999"), 0);
  });

  it("are whole numbers that every reader holds exactly", () => {
    assert.equal(outcomeOf("9007199254740991"), 9007199254740991);
    refuses("9007199254740992", "number-out-of-range");
    refuses("-9007199254740993", "number-out-of-range");
    refuses('{"a":"1","n":[1,18446744073709551616]}', "number-out-of-range");
  });

  it("may be large when they are written as what they are", () => {
    assert.equal(outcomeOf("1e28"), 1e28);
    assert.deepEqual(
      outcomeOf("[1.5e300,-1.0e+28,123456789012345678.0]"),
      [1.5e300, -1e28, 123456789012345680],
    );
    assert.deepEqual(
      outcomeOf("[1e28,0.10000000000000000555,1.00000000000000000000E+0]"),
      [1e28, 0.1, 1],
    );
    assert.deepEqual(outcomeOf('{"n":1e20,"t":"99999999999999999999"}'), {
      n: 1e20,
      t: "99999999999999999999",
    });
  });
});
