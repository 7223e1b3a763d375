import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import {
  audiencesOf,
  clampedInteger,
  compileInput,
  compileOutput,
  compileParams,
  compileQuery,
  ContractViolation,
  cutString,
  document,
  isDocument,
  isNoContent,
  limitedRecord,
  lintInput,
  lintOutput,
  noContent,
  queryInteger,
  readableBy,
  toJsonSchema,
  writableBy,
  type InputDecision,
  type OutputValue,
} from "sekisho/contract";

const nobody: ReadonlySet<string> = new Set();
const admin: ReadonlySet<string> = new Set(["admin"]);

function pointersOf(decision: InputDecision): readonly string[] {
  return decision.effect === "allow" ? [] : decision.errors.map(({ pointer }) => pointer);
}

function detailsOf(decision: InputDecision): readonly string[] {
  return decision.effect === "allow" ? [] : decision.errors.map(({ detail }) => detail);
}

describe("strict input", () => {
  const parse = compileInput(
    z.object({
      name: z.string().max(5),
      address: z.object({ city: z.string().max(9) }).optional(),
      items: z
        .array(z.object({ id: z.int() }))
        .max(2)
        .optional(),
      either: z
        .union([
          z.object({ kind: z.literal("a"), x: z.int() }),
          z.object({ kind: z.literal("b"), y: z.int() }),
        ])
        .optional(),
      told: z
        .discriminatedUnion("kind", [
          z.object({ kind: z.literal("a"), x: z.int() }),
          z.object({ kind: z.literal("b") }),
        ])
        .nullable()
        .optional(),
      labels: z.partialRecord(z.enum(["p", "q"]), z.object({ v: z.int() })).optional(),
      loose: z.looseObject({ v: z.int() }).optional(),
    }),
  );

  it("accepts exactly what the contract has", () => {
    const value = {
      name: "Ada",
      address: { city: "London" },
      items: [{ id: 1 }],
      either: { kind: "b", y: 1 },
      told: { kind: "a", x: 1 },
      labels: { p: { v: 1 } },
      loose: { v: 1 },
    };
    assert.deepEqual(parse(value, nobody), { effect: "allow", value });
    assert.equal(parse({ name: "12345" }, nobody).effect, "allow");
  });

  it("refuses unknown names at every depth, one error for each", () => {
    for (const [extra, pointers] of [
      [{ role: "admin", "a/b~c d%": 1 }, ["#/role", "#/a~1b~0c%20d%25"]],
      [{ address: { city: "x", zip: 1 } }, ["#/address/zip"]],
      [
        { items: [{ id: 1 }, { id: 2, price: 0, owner: 1 }] },
        ["#/items/1/price", "#/items/1/owner"],
      ],
      [{ either: { kind: "a", x: 1, y: 2 } }, ["#/either/y"]],
      [{ told: { kind: "b", x: 1 } }, ["#/told/x"]],
      [{ labels: { p: { v: 1, w: 2 } } }, ["#/labels/p/w"]],
      [{ labels: { r: { v: 1 } } }, ["#/labels/r"]],
      [{ loose: { v: 1, w: 2 } }, ["#/loose/w"]],
      [JSON.parse('{"__proto__":{"x":1},"toString":1}'), ["#/__proto__", "#/toString"]],
    ] as const) {
      const decision = parse({ name: "Ada", ...extra }, nobody);
      const withPrototype = parse(Object.assign(extra as object, { name: "Ada" }), nobody);
      const judged = Object.hasOwn(extra, "__proto__") ? withPrototype : decision;
      assert.deepEqual(pointersOf(judged), pointers);
      assert.ok(judged.effect === "deny" && judged.unknownNames);
      assert.ok(detailsOf(judged).every((detail) => detail === "is not a known name"));
    }
  });

  it("coerces nothing", () => {
    for (const name of [5, true, null, ["Ada"], { toString: "Ada" }, undefined])
      assert.deepEqual(pointersOf(parse({ name }, nobody)), ["#/name"]);
    assert.deepEqual(pointersOf(parse({ name: "Ada", items: [{ id: "1" }] }, nobody)), [
      "#/items/0/id",
    ]);
    for (const value of [null, [], "x", 5, undefined])
      assert.deepEqual(pointersOf(parse(value, nobody)), ["#"]);
  });

  it("says whether names or values were wrong", () => {
    const decision = parse({ name: "toolong" }, nobody);
    assert.ok(decision.effect === "deny" && !decision.unknownNames);
  });

  it("never repeats what was sent", () => {
    const marker = "s3cret-marker";
    for (const value of [
      { name: marker },
      { name: "x", address: { city: marker } },
      { name: "x", either: { kind: marker } },
      { name: "x", told: { kind: marker } },
      { name: "x", items: marker },
    ])
      assert.ok(!JSON.stringify(parse(value, nobody)).includes(marker));
    const long = parse({ name: "x", ["k".repeat(129)]: 1 }, nobody);
    assert.deepEqual(pointersOf(long), ["#"]);
    assert.deepEqual(pointersOf(parse({ name: "x", ["k".repeat(128)]: 1 }, nobody)), [
      `#/${"k".repeat(128)}`,
    ]);
  });

  it("lists at most 32 errors", () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1]));
    assert.equal(pointersOf(parse({ name: "x", ...many }, nobody)).length, 32);
  });

  it("lists at most 32 errors in many places, too", () => {
    const list = compileInput(z.array(z.int()).max(100));
    assert.equal(pointersOf(list(Array(31).fill("x"), nobody)).length, 31);
    assert.equal(pointersOf(list(Array(100).fill("x"), nobody)).length, 32);
  });

  it("names the faults of the alternative that was meant", () => {
    const Either = z.union([
      z.object({ kind: z.literal("a") }),
      z.object({ kind: z.literal("b"), x: z.int(), y: z.int() }),
    ]);
    assert.deepEqual(pointersOf(compileInput(Either)({ kind: "b" }, nobody)), ["#/x", "#/y"]);
  });

  it("closes records that were declared loose", () => {
    const loose = compileInput(z.looseRecord(z.enum(["a", "b"]), z.int()));
    assert.equal(loose({ a: 1, b: 2 }, nobody).effect, "allow");
    assert.deepEqual(pointersOf(loose({ a: 1, b: 2, c: 3 }, nobody)), ["#/c"]);
  });

  it("judges a length after what shortens the text", () => {
    const trimmed = compileInput(z.string().trim().max(3));
    assert.deepEqual(trimmed("  abc  ", nobody), { effect: "allow", value: "abc" });
    assert.equal(trimmed("abcd", nobody).effect, "deny");
  });

  it("survives names with a lone surrogate", () => {
    assert.deepEqual(pointersOf(parse({ name: "x", "\ud800": 1 }, nobody)), ["#/%EF%BF%BD"]);
  });

  it("shows the constant text that a refinement gives, and never its message", () => {
    const even = compileInput(
      z.object({
        told: z.int().refine((n) => n % 2 === 0, { params: { detail: "must be even" } }),
        untold: z
          .int()
          .refine((n) => n % 2 === 0, { error: ({ input }) => `${String(input)} is odd` }),
      }),
    );
    assert.deepEqual(detailsOf(even({ told: 1, untold: 77 }, nobody)), [
      "must be even",
      "does not meet the contract",
    ]);
    assert.equal(even({ told: 2, untold: 2 }, nobody).effect, "allow");
  });

  it("judges a length before a pattern", () => {
    let looked = 0;
    const schema = z
      .string()
      .max(5)
      .refine(() => {
        looked++;
        return true;
      });
    const text = compileInput(z.object({ text: schema, id: z.uuid().optional() }));
    assert.deepEqual(detailsOf(text({ text: "x".repeat(100_000) }, nobody)), [
      "must have at most 5 characters",
    ]);
    assert.equal(looked, 0);
    assert.equal(text({ text: "x" }, nobody).effect, "allow");
    assert.ok(looked > 0);
    assert.deepEqual(detailsOf(text({ text: "x", id: "f".repeat(37) }, nobody)), [
      "must have at most 36 characters",
    ]);
  });

  it("closes schemas that contain themselves", () => {
    const Tree: z.ZodType = z.object({
      v: z.int(),
      get children() {
        return z.array(Tree).max(3);
      },
    });
    const tree = compileInput(Tree);
    const inner = { v: 2, children: [] };
    assert.equal(tree({ v: 1, children: [inner] }, nobody).effect, "allow");
    assert.deepEqual(pointersOf(tree({ v: 1, children: [{ ...inner, x: 1 }] }, nobody)), [
      "#/children/0/x",
    ]);
  });
});

describe("a property that only some may write", () => {
  const Change = z.object({
    display_name: z.string().max(64).optional(),
    profile: z
      .object({ salary: writableBy(z.int(), "admin", "payroll").nullable().optional() })
      .optional(),
  });
  const parse = compileInput(Change);

  it("is accepted from them", () => {
    for (const audience of ["admin", "payroll"])
      assert.deepEqual(parse({ profile: { salary: 3 } }, new Set([audience, "other"])), {
        effect: "allow",
        value: { profile: { salary: 3 } },
      });
  });

  it("is for others exactly an unknown name", () => {
    for (const audiences of [nobody, new Set(["Admin"]), new Set(["user"])]) {
      const writable = parse({ profile: { salary: 3 } }, audiences);
      const unknown = parse({ profile: { celery: 3 } }, audiences);
      assert.equal(
        JSON.stringify(writable).replaceAll("salary", "celery"),
        JSON.stringify(unknown),
      );
      assert.equal(writable.effect, "deny");
      assert.equal(parse({ profile: { salary: null } }, audiences).effect, "deny");
    }
  });

  it("is not needed from others", () => {
    assert.equal(parse({ profile: {} }, nobody).effect, "allow");
  });
});

describe("audiences", () => {
  it("are found through wrappers and further checks", () => {
    const audiences = { readableBy: ["admin", "owner"] };
    const salary = readableBy(z.int(), "owner", "admin", "owner");
    for (const schema of [
      salary,
      salary.optional(),
      salary.nullable().optional(),
      salary.max(5),
      salary.default(1),
      salary.describe("x"),
      salary.meta({ title: "x" }).readonly(),
      z.lazy(() => salary),
      salary.pipe(z.int()),
    ])
      assert.deepEqual(audiencesOf(schema), audiences);
    assert.deepEqual(audiencesOf(z.int()), {});
  });

  it("can differ for reading and writing", () => {
    assert.deepEqual(audiencesOf(writableBy(readableBy(z.int(), "a").optional(), "b")), {
      readableBy: ["a"],
      writableBy: ["b"],
    });
  });

  it("do not change the schema that was given", () => {
    const salary = z.int();
    readableBy(salary, "admin");
    assert.deepEqual(audiencesOf(salary), {});
  });

  it("are refused when they are none, misspelt or given twice", () => {
    assert.throws(() => readableBy(z.int()), TypeError);
    assert.throws(() => writableBy(z.int(), ""), TypeError);
    assert.throws(() => writableBy(z.int(), "a b"), TypeError);
    assert.throws(() => readableBy(readableBy(z.int(), "a").optional(), "b"), TypeError);
  });

  it("are at most 30 in one contract", () => {
    const schemaWith = (count: number): z.ZodType =>
      z.object({ a: readableBy(z.int(), ...Array.from({ length: count }, (_, i) => `a${i}`)) });
    const output = compileOutput(schemaWith(30), { mode: "production" });
    assert.equal(output.project({ a: 1 }, new Set(["a29"])), '{"a":1}');
    assert.equal(output.project({ a: 1 }, new Set(["a30"])), "{}");
    assert.throws(() => compileOutput(schemaWith(31), { mode: "production" }), TypeError);
  });
});

describe("a query string", () => {
  const parse = compileQuery(
    z.object({
      q: cutString({ maximum: 3, hardMaximum: 6 }).optional(),
      limit: clampedInteger({ minimum: 1, maximum: 50, fallback: 20 }),
      year: queryInteger({ minimum: 2000, maximum: 2100 }).optional(),
      effect: z.string().max(9).optional(),
      reason: z.string().max(9).optional(),
    }),
  );
  const valueOf = (search: string): unknown => {
    const decision = parse(search);
    return decision.effect === "allow" ? decision.value : decision.errors[0]?.pointer;
  };

  it("is decoded exactly once", () => {
    assert.deepEqual(valueOf("q=%2525&limit=7"), { q: "%25", limit: 7 });
    assert.deepEqual(valueOf("q=a+b"), { q: "a b", limit: 20 });
    assert.deepEqual(valueOf("%71=%C3%A9"), { q: "é", limit: 20 });
    assert.deepEqual(valueOf("&q=a=b&"), { q: "a=b", limit: 20 });
    assert.deepEqual(valueOf("q"), { q: "", limit: 20 });
    assert.deepEqual(valueOf(""), { limit: 20 });
    assert.deepEqual(valueOf("effect=deny&reason=x"), { effect: "deny", reason: "x", limit: 20 });
  });

  it("has every name once", () => {
    assert.deepEqual(parse("q=a&q=b"), {
      effect: "deny",
      reason: "invalid",
      errors: [{ pointer: "#/q", detail: "is repeated" }],
      unknownNames: false,
    });
    assert.equal(valueOf("q=a&%71=a"), "#/q");
    assert.equal(valueOf("limit=1&limit=1"), "#/limit");
  });

  it("has known names only", () => {
    for (const name of ["Q", "q[]", "q%5B%5D", "__proto__", "constructor", "toString", "q%20"]) {
      const decision = parse(`${name}=1`);
      assert.ok(decision.effect === "deny" && decision.unknownNames, name);
    }
  });

  it("is well-formed", () => {
    for (const text of [
      "%",
      "%4",
      "%zz",
      "%ff",
      "%c0%af",
      "%ed%a0%80",
      "%00",
      "é",
      "a b",
      "\u0000",
    ])
      assert.equal(valueOf(`q=${text}`), "#/q", text);
    assert.equal(valueOf("%ff=1"), "#");
    assert.equal(parse(Array.from({ length: 99 }, () => "x=1").join("&")).effect, "deny");
    assert.equal(pointersOf(parse("x=1&".repeat(99))).length, 32);
  });

  it("has whole numbers in plain digits", () => {
    for (const text of ["2000", "2100"])
      assert.deepEqual(valueOf(`year=${text}`), { year: Number(text), limit: 20 });
    for (const text of [
      "1999",
      "2101",
      "02000",
      "2e3",
      "0x7d0",
      "2000.0",
      "+2000",
      "%202000",
      "",
      "NaN",
    ])
      assert.equal(valueOf(`year=${text}`), "#/year", text);
  });

  it("has numbers that are brought within their bounds", () => {
    for (const [text, limit] of [
      ["1", 1],
      ["0", 1],
      ["-5", 1],
      ["50", 50],
      ["51", 50],
      ["007", 7],
      ["9".repeat(400), 50],
    ] as const)
      assert.deepEqual(valueOf(`limit=${text}`), { limit });
    for (const text of ["abc", "", "1e3", "1.5", "--1", "0x10", "%2B5", "9".repeat(401)])
      assert.equal(valueOf(`limit=${text}`), "#/limit", text);
  });

  it("has texts that are cut between characters", () => {
    const face = "%F0%9F%98%80";
    assert.deepEqual(valueOf("q=abc"), { q: "abc", limit: 20 });
    assert.deepEqual(valueOf("q=abcdef"), { q: "abc", limit: 20 });
    assert.equal(valueOf("q=abcdefg"), "#/q");
    assert.deepEqual(valueOf(`q=${face.repeat(3)}`), { q: "😀😀😀", limit: 20 });
    assert.deepEqual(valueOf(`q=ab${face.repeat(4)}`), { q: "ab😀", limit: 20 });
    assert.equal(valueOf(`q=ab${face.repeat(5)}`), "#/q");
  });

  it("has makers that refuse impossible bounds", () => {
    assert.throws(() => queryInteger({ minimum: 2, maximum: 1 }), TypeError);
    assert.throws(() => queryInteger({ minimum: 0.5, maximum: 1 }), TypeError);
    assert.throws(() => clampedInteger({ minimum: 1, maximum: 5, fallback: 6 }), TypeError);
    assert.throws(() => cutString({ maximum: 0, hardMaximum: 1 }), TypeError);
    assert.throws(() => cutString({ maximum: 2, hardMaximum: 1 }), TypeError);
  });
});

describe("path parameters", () => {
  const parse = compileParams(z.object({ order_id: z.uuid(), name: z.string().max(9) }));
  const order_id = "019ab3c4-5d6e-7f80-9123-456789abcdef";

  it("meet their schema and hold neither NUL nor lone surrogates", () => {
    assert.equal(parse({ order_id, name: "x" }).effect, "allow");
    assert.deepEqual(pointersOf(parse({ order_id: "7", name: "x" })), ["#/order_id"]);
    assert.deepEqual(pointersOf(parse({ order_id, name: "a\0" })), ["#/name"]);
    assert.deepEqual(pointersOf(parse({ order_id, name: "\ud800" })), ["#/name"]);
    assert.deepEqual(pointersOf(parse({ order_id, name: "x", more: "y" })), ["#/more"]);
  });
});

const dateTime = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

describe("projected output", () => {
  const User = z.object({
    id: z.string().max(36),
    salary: readableBy(z.int(), "admin").nullable(),
    address: z
      .object({ city: z.string().max(9), note: readableBy(z.string().max(9), "admin").optional() })
      .optional(),
    tags: z
      .array(
        z.object({ name: z.string().max(9), by: readableBy(z.string().max(9), "admin", "staff") }),
      )
      .max(9)
      .optional(),
  });
  const reported: string[][] = [];
  const production = compileOutput(User, {
    mode: "production",
    onViolation: (pointers) => reported.push([...pointers]),
  });
  const strict = compileOutput(User, { mode: "test" });
  const row = {
    id: "7",
    salary: 5,
    address: { city: "Kyoto", note: "n" },
    tags: [{ name: "a", by: "bob" }],
  };

  it("holds for each audience what it may read, at every depth", () => {
    const anonymous = '{"id":"7","address":{"city":"Kyoto"},"tags":[{"name":"a"}]}';
    const staff = '{"id":"7","address":{"city":"Kyoto"},"tags":[{"name":"a","by":"bob"}]}';
    for (const output of [production, strict]) {
      assert.equal(output.project(row, nobody), anonymous);
      assert.equal(output.project(row, new Set(["Admin", "other"])), anonymous);
      assert.equal(output.project(row, new Set(["staff"])), staff);
      assert.equal(output.project(row, admin), JSON.stringify(row));
      assert.deepEqual(output.audiences, ["admin", "staff"]);
    }
    assert.deepEqual(reported, []);
  });

  it("drops and reports what the contract does not have, in production", () => {
    reported.length = 0;
    const surplus = {
      ...row,
      password_hash: "x",
      address: { city: "Kyoto", geo: 1 },
      tags: [{ name: "a", by: "bob", "x/y": 1 }],
    };
    assert.equal(
      production.project(surplus, nobody),
      '{"id":"7","address":{"city":"Kyoto"},"tags":[{"name":"a"}]}',
    );
    assert.deepEqual(reported, [["#/address/geo", "#/tags/0/x~1y", "#/password_hash"]]);
  });

  it("fails in tests on what the contract does not have", () => {
    for (const value of [
      { ...row, password_hash: "x" },
      { ...row, address: { city: "Kyoto", geo: 1 } },
      { ...row, id: "x".repeat(37) },
      { ...row, salary: 1.5 },
    ])
      assert.throws(() => strict.project(value, nobody), ContractViolation);
  });

  it("fails in both modes when something required is missing or of the wrong type", () => {
    for (const value of [
      { ...row, id: undefined },
      { ...row, id: 7 },
      { ...row, id: null },
      { ...row, id: new String("7") },
      { ...row, id: { toJSON: () => "7" } },
      null,
      [],
      "7",
      undefined,
    ])
      for (const output of [production, strict]) {
        reported.length = 0;
        assert.throws(() => output.project(value, nobody), ContractViolation);
      }
    assert.throws(() => strict.project({ ...row, id: 7 }, nobody), {
      violations: [{ pointer: "#/id", detail: "has the wrong type" }],
    });
  });

  it("leaves out an optional part with a fault in it, in production", () => {
    reported.length = 0;
    const faulty = { ...row, tags: [{ name: "a", by: "b" }, { by: "b" }] };
    assert.equal(production.project(faulty, nobody), '{"id":"7","address":{"city":"Kyoto"}}');
    assert.deepEqual(reported, [["#/tags/1/name"]]);
    assert.throws(() => strict.project(faulty, nobody), ContractViolation);
  });

  it("never says what a violation held", () => {
    try {
      strict.project({ ...row, password_hash: "s3cret" }, nobody);
      assert.fail("it was let through");
    } catch (error) {
      assert.ok(error instanceof ContractViolation);
      assert.match(error.message, /#\/password_hash/);
      assert.ok(!`${error.message}${JSON.stringify(error.violations)}`.includes("s3cret"));
    }
  });

  it("reads own properties only", () => {
    const value = { id: "7", salary: null };
    const prototype = Object.prototype as { address?: unknown };
    prototype.address = { city: "polluted" };
    try {
      assert.equal(production.project(value, admin), JSON.stringify(value));
    } finally {
      delete prototype.address;
    }
    const shadowed = z.object({ toString: z.string().max(9).optional() });
    assert.equal(compileOutput(shadowed, { mode: "production" }).project({}, nobody), "{}");
  });

  it("takes plain objects only", () => {
    const Empty = compileOutput(z.object({ id: z.string().optional() }), { mode: "production" });
    const bare = Object.assign(Object.create(null) as object, { id: "7" });
    assert.equal(Empty.project(bare, nobody), '{"id":"7"}');
    class Row {
      id = "7";
    }
    for (const value of [new Row(), new Date(0), new Map(), Promise.resolve({ id: "7" }), () => 7])
      assert.throws(() => Empty.project(value, nobody), ContractViolation);
  });
});

describe("values of an answer", () => {
  function written(schema: z.ZodType, value: unknown): unknown {
    const project = (mode: "test" | "production"): string => {
      try {
        return compileOutput(schema, { mode }).project(value, nobody);
      } catch (error) {
        if (error instanceof ContractViolation) return "violation";
        throw error;
      }
    };
    const [inTest, inProduction] = [project("test"), project("production")];
    assert.equal(inTest, inProduction);
    return inTest;
  }

  it("are written as they are", () => {
    for (const [schema, value] of [
      [z.string().nullable(), null],
      [z.string().nullable(), "x"],
      [z.literal("a"), "a"],
      [z.literal([1, null, true]), null],
      [z.enum(["a", "b"]), "b"],
      [z.enum({ One: 1, Two: 2 }), 2],
      [z.array(z.array(z.int())), [[], [1, 2], [3]]],
      [z.union([z.string(), z.int(), z.null()]), 5],
      [z.tuple([z.int(), z.string()]), [1, "x"]],
      [z.tuple([z.int()], z.string()), [1, "x", "y"]],
      [z.tuple([z.int()], z.string()), [1]],
      [z.record(z.enum(["a", "b"]), z.int()), { a: 1, b: 2 }],
      [limitedRecord({ name: z.string().max(3), value: z.int(), maximum: 2 }), { x: 1, 'y"': 2 }],
      [z.boolean(), false],
      [z.number(), -1.5e300],
      [z.int(), 0],
      [z.string(), "\ud800"],
      [z.string(), 'quote " backslash \\ newline \n nul \0 \u2028 \ud83d\ude00 \ud800'],
      [z.object({}), {}],
      [z.object({ a: z.int().optional() }), {}],
      [z.lazy(() => z.int()), 4],
      [z.string().default("x"), "y"],
      [z.int().readonly(), 4],
      [z.templateLiteral(["v", z.int()]), "v5"],
    ] as const)
      assert.equal(written(schema, value), JSON.stringify(value));
  });

  it("are encoded when the schema says how", () => {
    const date = new Date(0);
    const text = '"1970-01-01T00:00:00.000Z"';
    assert.equal(written(dateTime, date), text);
    assert.equal(written(z.date(), date), text);
    assert.equal(written(z.array(dateTime.nullable()), [date, null]), `[${text},null]`);
    assert.equal(written(z.union([dateTime, z.int()]), 5), "5");
    assert.equal(written(dateTime, "1970-01-01T00:00:00Z"), "violation");
    assert.equal(written(dateTime, new Date(Number.NaN)), "violation");
  });

  it("are never coerced", () => {
    for (const [schema, value] of [
      [z.string(), 5],
      [z.string(), null],
      [z.string(), undefined],
      [z.string(), new Date(0)],
      [z.iso.datetime(), new Date(0)],
      [z.int(), "5"],
      [z.int(), 1.5],
      [z.int(), 2 ** 53],
      [z.int(), 5n],
      [z.number(), Number.NaN],
      [z.number(), Infinity],
      [z.number(), -Infinity],
      [z.number(), true],
      [z.boolean(), 0],
      [z.null(), undefined],
      [z.literal("a"), "b"],
      [z.enum(["a", "b"]), "toString"],
      [z.array(z.int()), { 0: 1, length: 1 }],
      [z.array(z.int()), [1, undefined]],
      [z.array(z.int()), [1, Number.NaN]],
      [z.union([z.string(), z.int()]), null],
      [z.tuple([z.int()]), [1, 2]],
      [z.tuple([z.int()]), []],
      [z.record(z.enum(["a", "b"]), z.int()), { a: 1 }],
      [z.object({ n: z.number() }), { n: Number.NaN }],
      [z.date(), 0],
      [z.date(), new Date(Number.NaN)],
    ] as const)
      assert.equal(written(schema, value), "violation");
  });

  it("take the alternative that knows every property", () => {
    const Either = z.union([z.object({ a: z.int() }), z.object({ a: z.int(), b: z.int() })]);
    assert.equal(written(Either, { a: 1, b: 2 }), '{"a":1,"b":2}');
    const output = compileOutput(Either, { mode: "production" });
    assert.equal(output.project({ a: 1, b: 2, c: 3 }, nobody), '{"a":1}');
    const Secret = z.discriminatedUnion("k", [
      z.object({ k: z.literal(1) }),
      z.object({ k: z.literal(2), s: readableBy(z.int(), "admin") }),
    ]);
    const told = compileOutput(Secret, { mode: "test" });
    assert.equal(told.project({ k: 2, s: 3 }, nobody), '{"k":2}');
    assert.equal(told.project({ k: 2, s: 3 }, admin), '{"k":2,"s":3}');
  });

  it("leave out an optional property of the wrong type, in production only", () => {
    const schema = z.object({ n: z.number().optional(), o: z.object({ i: z.int() }).optional() });
    const production = compileOutput(schema, { mode: "production" });
    assert.equal(production.project({ n: Number.NaN, o: { i: "1" } }, nobody), "{}");
    assert.equal(production.project({ n: 1, o: { i: 1 } }, nobody), '{"n":1,"o":{"i":1}}');
    const strict = compileOutput(schema, { mode: "test" });
    assert.throws(() => strict.project({ n: Number.NaN }, nobody), ContractViolation);
  });

  it("have no property that would become a prototype", () => {
    const record = limitedRecord({ name: z.string().max(9), value: z.int(), maximum: 2 });
    const value = JSON.parse('{"__proto__":1,"a":2}') as unknown;
    assert.equal(compileOutput(record, { mode: "production" }).project(value, nobody), '{"a":2}');
  });

  it("have a closed form, or the schema does not compile", () => {
    for (const schema of [
      z.any(),
      z.unknown(),
      z.bigint(),
      z.map(z.string(), z.int()),
      z.string().transform((text) => text.length),
      z.preprocess((value) => value, z.int()),
      z.undefined(),
      z.custom(() => true),
      z.literal(5n),
      z.intersection(z.object({}), z.object({})),
    ])
      assert.throws(() => compileOutput(schema, { mode: "production" }), TypeError);
  });
});

describe("the lint of a contract", () => {
  it("finds input without bounds", () => {
    for (const [schema, fault] of [
      [z.string(), "#: a string without a maximum"],
      [z.email(), "#: a string without a maximum"],
      [z.url(), "#: a string without a maximum"],
      [z.array(z.int()), "#: an array without a maximum"],
      [z.number().min(0), "#: a number without a maximum"],
      [z.float32().min(0), "#: a number without a maximum"],
      [z.number().max(0), "#: a number without a minimum"],
      [z.object({ a: z.string().nullable().optional() }), "#/a: a string without a maximum"],
      [z.array(z.union([z.int(), z.string()])).max(1), "#/*: a string without a maximum"],
      [z.string().default("x"), "#: a string without a maximum"],
      [z.lazy(() => z.string()), "#: a string without a maximum"],
      [z.string().transform(Number), "#: a string without a maximum"],
      [z.tuple([z.string()]), "#/0: a string without a maximum"],
      [z.looseObject({}), "#: an open object"],
      [z.object({}).catchall(z.int()), "#: an open object"],
      [
        z.record(z.string().max(5), z.int()),
        "#: a record without a limit on its names; use limitedRecord",
      ],
      [z.any(), "#: any lets everything through"],
      [z.object({ a: z.array(z.unknown()).max(1) }), "#/a/*: unknown lets everything through"],
      [z.coerce.number().min(0).max(1), "#: coercion accepts values of other types"],
      [
        z.preprocess((value) => value, z.int()),
        "#: a preprocess changes a value before it is judged",
      ],
      [z.int().catch(1), "#: catch hides what is wrong"],
      [z.bigint(), "#: JSON has no value of kind bigint"],
      [z.date(), "#: JSON has no dates; use z.iso.datetime()"],
      [
        z.intersection(z.object({}), z.object({})),
        "#: an intersection cannot be closed; use one object",
      ],
      [
        z.object({ constructor: z.int() }),
        "#/constructor: a name that reaches a prototype is never accepted",
      ],
      [
        z.object({ a: writableBy(z.int(), "x") }),
        "#/a: only some audiences may write it, so it must be optional",
      ],
      [
        z.array(writableBy(z.int(), "x")).max(1),
        "#/*: an audience restricts a property of an object and nothing else",
      ],
    ] as const)
      assert.deepEqual(lintInput(schema, "here"), [`here ${fault}`]);
    assert.deepEqual(lintInput(z.number(), "here"), [
      "here #: a number without a minimum",
      "here #: a number without a maximum",
    ]);
  });

  it("accepts input with bounds", () => {
    for (const schema of [
      z.string().max(5),
      z.string().length(5),
      z.email().max(254),
      z.uuid(),
      z.iso.datetime(),
      z.int(),
      z.int32().optional(),
      z.number().min(0).max(1),
      z.number().gt(0).lt(1),
      z.array(z.boolean()).max(2),
      z.array(z.null()).length(2),
      z.enum(["a"]),
      z.literal(5).nullable(),
      z.object({}),
      z.record(z.enum(["a"]), z.int()),
      limitedRecord({ name: z.string().max(5), value: z.int(), maximum: 5 }),
      z.string().max(5).transform(Number),
      dateTime,
      z.object({ a: writableBy(z.int(), "x").nullable().optional() }),
      z.object({
        a: clampedInteger({ minimum: 1, maximum: 2, fallback: 1 }),
        b: queryInteger({ minimum: 1, maximum: 2 }).optional(),
        c: cutString({ maximum: 1, hardMaximum: 2 }),
      }),
    ])
      assert.deepEqual(lintInput(schema, "here"), []);
  });

  it("finds output that is open or cannot be sent", () => {
    for (const [schema, fault] of [
      [z.object({ a: z.any() }), "#/a: any lets everything through"],
      [z.looseObject({}), "#: an open object"],
      [z.string(), "#: a string without a maximum"],
      [z.string().max(5).transform(Number), "#: a one-way transform cannot be sent; use z.codec"],
      [z.bigint(), "#: JSON has no value of kind bigint"],
      [
        z.array(readableBy(z.int(), "x")).max(1),
        "#/*: an audience restricts a property of an object and nothing else",
      ],
      [
        readableBy(z.object({}), "x"),
        "#: an audience restricts a property of an object and nothing else",
      ],
    ] as const)
      assert.deepEqual(lintOutput(schema, "here"), [`here ${fault}`]);
    for (const schema of [
      z.number(),
      z.date(),
      dateTime,
      z.object({ a: readableBy(z.int(), "x") }),
    ])
      assert.deepEqual(lintOutput(schema, "here"), []);
  });

  it("finds schemas without a bottom", () => {
    const Tree: z.ZodType = z.object({
      get children() {
        return z.array(Tree).max(3);
      },
    });
    const fault = "a schema within itself has no bound; write its levels out";
    assert.deepEqual(lintInput(Tree, "here"), [`here #/children/*: ${fault}`]);
    const Lazy: z.ZodType = z.lazy(() => z.object({ next: Lazy.optional() }));
    assert.deepEqual(lintOutput(Lazy, "here"), [`here #/next: ${fault}`]);
    const Twice = z.object({ i: z.int() });
    assert.deepEqual(lintInput(z.object({ a: Twice, b: Twice }), "here"), []);
  });

  it("does not pass what it did not look at", () => {
    for (const nothing of [undefined, null, {}, "schema", () => z.int()])
      assert.deepEqual(lintInput(nothing, "here"), ["here: no schema was looked at"]);
  });
});

describe("the JSON Schema of a contract", () => {
  it("is closed at every depth", () => {
    const schema = z.object({
      a: z.object({ b: z.array(z.looseObject({})).max(2) }),
      u: z.union([z.object({}), z.null()]),
    });
    for (const direction of ["input", "output"] as const) {
      const text = JSON.stringify(toJsonSchema(schema, direction));
      assert.equal(text.match(/"additionalProperties":false/g)?.length, 4);
      assert.ok(!text.includes("$schema"));
    }
  });

  it("shows the audiences, and requires of nobody what only some may write", () => {
    const schema = z.object({
      id: z.int32(),
      s: readableBy(z.boolean(), "admin"),
      w: writableBy(z.boolean(), "owner"),
    });
    const shown = {
      s: { type: "boolean", "x-readable-by": ["admin"] },
      w: { type: "boolean", "x-writable-by": ["owner"] },
    };
    const input = toJsonSchema(schema, "input");
    const output = toJsonSchema(schema, "output");
    assert.deepEqual(input["required"], ["id", "s"]);
    assert.deepEqual(output["required"], ["id", "w"]);
    for (const { properties } of [input, output] as { properties?: Record<string, unknown> }[])
      assert.deepEqual({ s: properties?.["s"], w: properties?.["w"] }, shown);
  });

  it("shows the audiences of objects that had to be closed", () => {
    const schema = z.object({ o: readableBy(z.looseObject({ a: z.boolean() }), "admin") });
    const { properties } = toJsonSchema(schema, "output") as {
      properties: { o: Record<string, unknown> };
    };
    assert.deepEqual(properties.o["x-readable-by"], ["admin"]);
    assert.equal(properties.o["additionalProperties"], false);
  });

  it("describes the wire and not the handler", () => {
    const schema = z.object({ at: dateTime, by: z.date(), d: z.string().max(3).default("x") });
    const output = toJsonSchema(schema, "output") as {
      properties: Record<string, { type: string; format?: string }>;
      required: string[];
    };
    assert.equal(output.properties["at"]?.format, "date-time");
    assert.equal(output.properties["by"]?.format, "date-time");
    assert.deepEqual(output.required, ["at", "by", "d"]);
    assert.equal(
      toJsonSchema(z.object({ d: z.string().default("x") }), "input")["required"],
      undefined,
    );
  });

  it("describes query values by what they mean", () => {
    const { properties } = toJsonSchema(
      z.object({
        limit: clampedInteger({ minimum: 1, maximum: 50, fallback: 20 }),
        year: queryInteger({ minimum: 1, maximum: 9 }).optional(),
        q: cutString({ maximum: 2, hardMaximum: 4 }).optional(),
      }),
      "input",
    );
    assert.deepEqual(properties, {
      limit: { type: "integer", default: 20, description: "Brought within 1 to 50." },
      year: { type: "integer", minimum: 1, maximum: 9 },
      q: { type: "string", maxLength: 4, description: "Only the first 2 characters count." },
    });
  });

  it("says how many names a record has", () => {
    const value = z.object({});
    const objects = limitedRecord({ name: z.string().max(3), value, maximum: 2 });
    assert.equal(toJsonSchema(objects, "input")["maxProperties"], 2);
    const record = limitedRecord({ name: z.string().max(3), value: z.int32(), maximum: 2 });
    const parse = compileInput(record);
    assert.equal(parse({ a: 1, b: 2 }, nobody).effect, "allow");
    assert.deepEqual(detailsOf(parse({ a: 1, b: 2, c: 3 }, nobody)), ["must have at most 2 names"]);
  });

  it("keeps titles and descriptions", () => {
    const schema = z.object({ a: z.object({ b: z.int32() }).meta({ title: "T" }).optional() });
    const { properties } = toJsonSchema(schema, "input") as {
      properties: { a: { title: string } };
    };
    assert.equal(properties.a.title, "T");
  });
});

describe("answers without a schema", () => {
  it("are told apart from schemas and from each other", () => {
    const page = document({ mediaType: "text/html; charset=utf-8", maximumBytes: 10 });
    assert.deepEqual([page, noContent, z.int(), undefined, {}].map(isDocument), [
      true,
      false,
      false,
      false,
      false,
    ]);
    assert.deepEqual([page, noContent, z.int(), undefined, {}].map(isNoContent), [
      false,
      true,
      false,
      false,
      false,
    ]);
    assert.equal(page.maximumBytes, 10);
  });

  it("cannot be forged from data", () => {
    assert.ok(!isDocument(JSON.parse(JSON.stringify(document({ mediaType: "text/plain" })))));
  });

  it("have a media type and a policy that fit into a header field", () => {
    for (const mediaType of ["", "text", "text/html\r\nx: y", "text/html; charset=", "*/*"])
      assert.throws(() => document({ mediaType }), TypeError, mediaType);
    for (const contentSecurityPolicy of ["", "default-src 'self'\nx: y", "é"])
      assert.throws(() => document({ mediaType: "text/html", contentSecurityPolicy }), TypeError);
    assert.throws(() => document({ mediaType: "text/html", maximumBytes: -1 }), TypeError);
  });

  it("decide what a handler returns", () => {
    const body: OutputValue<ReturnType<typeof document>> = "text";
    const nothing: OutputValue<typeof noContent> = undefined;
    const value: OutputValue<typeof dateTime> = new Date(0);
    // @ts-expect-error -- a document is text or bytes
    const wrong: OutputValue<ReturnType<typeof document>> = 5;
    assert.deepEqual([body, nothing, value.getTime(), wrong], ["text", undefined, 0, 5]);
  });
});
