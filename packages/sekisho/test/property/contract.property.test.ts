import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { z } from "zod";
import { compileInput, compileOutput, compileQuery, parseJson, readableBy } from "sekisho/contract";

const nobody: ReadonlySet<string> = new Set();
const utf8 = new TextEncoder();
const plainName = fc.string({ unit: "grapheme", maxLength: 6 });
const runs = { numRuns: 400 };

/** A text in which every second character or so is escaped. */
function spell(text: string, escapes: readonly boolean[]): string {
  let spelt = "";
  for (let index = 0; index < text.length; index++)
    spelt += escapes[index % escapes.length]
      ? `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`
      : JSON.stringify(text.charAt(index)).slice(1, -1);
  return `"${spelt}"`;
}

describe("parseJson, whatever it is given", () => {
  it("agrees with JSON.parse on every JSON value that it accepts", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.json({ maxDepth: 6, stringUnit: "binary" }), fc.nat(3), (json, blanks) => {
        const text = JSON.stringify(JSON.parse(json), undefined, blanks);
        const decision = parseJson(utf8.encode(text));
        if (decision.effect === "deny") return;
        accepted++;
        assert.deepEqual(decision.value, JSON.parse(text));
      }),
      runs,
    );
    assert.ok(accepted > 300, `only ${accepted} accepted`);
  });

  it("accepts nothing that JSON.parse refuses, and never throws", () => {
    const fragment = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      "-",
      ".",
      "e",
      "E",
      " ",
      "0",
      "1",
      "9",
      '"a"',
      "true",
      "null",
      "\\u0061",
      "\\ud800",
      "1e999",
      "é",
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 14 }), (fragments) => {
        const text = fragments.join("");
        const decision = parseJson(utf8.encode(text));
        if (decision.effect === "allow") assert.deepEqual(decision.value, JSON.parse(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("never throws on bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        parseJson(bytes);
      }),
      runs,
    );
  });

  it("refuses a name that is repeated, and accepts the same names once", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(plainName, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
        fc.json({ maxDepth: 2, stringUnit: "grapheme" }),
        fc.nat(4),
        (names, choice, escapes, json, depth) => {
          const member = (name: string): string => `${spell(name, escapes)} : ${json}`;
          const wrap = (members: readonly string[]): Uint8Array =>
            utf8.encode(`${'[{"o":'.repeat(depth)}{${members.join()}}${"}]".repeat(depth)}`);
          const once = names.map((name) => `${JSON.stringify(name)}:1`);
          const repeated = names[choice % names.length] ?? "";

          const single = parseJson(wrap(once));
          assert.equal(single.effect, "allow");
          const double = parseJson(wrap([...once, member(repeated)]));
          assert.ok(double.effect === "deny");
        },
      ),
      runs,
    );
  });
});

const User = z.object({
  id: z.string(),
  open: z.int().optional(),
  secret: readableBy(z.int(), "admin").optional(),
  child: z
    .object({
      open: z.int().optional(),
      secret: readableBy(z.string(), "admin", "staff").optional(),
    })
    .nullable()
    .optional(),
  list: z
    .array(z.object({ secret: readableBy(z.int(), "staff").optional(), open: z.int() }))
    .optional(),
});

/** Anything at all, with the names of the contract far more often than chance would have it. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.integer(),
    fc.string(),
    fc.constantFrom(null, undefined, Number.NaN, 1.5, 5n, true, new Date(0)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("id", "open", "secret", "child", "list", "extra", "toString"),
      tie("value"),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).value;

const almostUser = fc.record(
  {
    id: fc.string(),
    open: fc.oneof(fc.integer(), anything),
    secret: fc.oneof(fc.integer(), anything),
    child: fc.oneof(
      fc.record(
        { open: fc.integer(), secret: fc.string(), extra: fc.string() },
        { requiredKeys: [], noNullPrototype: true },
      ),
      anything,
    ),
    list: fc.oneof(
      fc.array(
        fc.record(
          { open: fc.integer(), secret: fc.integer(), extra: anything },
          { requiredKeys: ["open"], noNullPrototype: true },
        ),
      ),
      anything,
    ),
    extra: anything,
  },
  { requiredKeys: ["id"], noNullPrototype: true },
);

const readable = {
  "": { top: ["id", "open", "child", "list"], child: ["open"], list: ["open"] },
  admin: {
    top: ["id", "open", "secret", "child", "list"],
    child: ["open", "secret"],
    list: ["open"],
  },
  staff: {
    top: ["id", "open", "child", "list"],
    child: ["open", "secret"],
    list: ["secret", "open"],
  },
} as const;

describe("a projection, whatever it is given", () => {
  for (const [audience, allowed] of Object.entries(readable))
    it(`emits only what ${audience === "" ? "nobody in particular" : audience} may read`, () => {
      const output = compileOutput(User, { mode: "production" });
      let emitted = 0;
      fc.assert(
        fc.property(almostUser, (value) => {
          const parsed = JSON.parse(output.project(value, new Set([audience]))) as {
            child?: object | null;
            list?: readonly object[];
          };
          const within = (object: object, names: readonly string[]): void => {
            for (const name of Object.keys(object)) assert.ok(names.includes(name), name);
          };
          within(parsed, allowed.top);
          if (parsed.child) within(parsed.child, allowed.child);
          for (const item of parsed.list ?? []) within(item, allowed.list);
          emitted += parsed.child || parsed.list ? 1 : 0;
          // What came out meets the contract, too.
          assert.ok(User.safeParse(parsed).success);
        }),
        runs,
      );
      assert.ok(emitted > 50, `only ${emitted} had something below`);
    });

  it("is in tests either the whole truth or an error", () => {
    const strict = compileOutput(User, { mode: "test" });
    const production = compileOutput(User, { mode: "production" });
    const all = new Set(["admin", "staff"]);
    fc.assert(
      fc.property(almostUser, (value) => {
        let text: string | undefined;
        try {
          text = strict.project(value, all);
        } catch {
          return;
        }
        assert.equal(text, production.project(value, all));
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      }),
      runs,
    );
  });

  it("writes texts and numbers as JSON.stringify does", () => {
    const output = compileOutput(z.array(z.union([z.string(), z.number()])), {
      mode: "production",
    });
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: "binary" }),
            fc.double({ noNaN: true, noDefaultInfinity: true }),
          ),
        ),
        (value) => assert.equal(output.project(value, nobody), JSON.stringify(value)),
      ),
      runs,
    );
  });
});

describe("strict parsers, whatever they are given", () => {
  const shape = { id: z.string(), open: z.int().optional() };
  const parse = compileInput(z.object({ ...shape, child: z.object(shape).optional() }));

  it("accept only values that are already what they give", () => {
    fc.assert(
      fc.property(fc.oneof(almostUser, anything), (value) => {
        const decision = parse(value, nobody);
        if (decision.effect === "allow") assert.deepEqual(decision.value, value);
        else assert.ok(decision.errors.length > 0 && decision.errors.length <= 32);
      }),
      runs,
    );
  });

  it("read back every query that was encoded", () => {
    const query = compileQuery(z.object({ a: z.string(), b: z.string() }));
    const text = fc.string({ unit: "grapheme" }).filter((part) => !part.includes("\0"));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const search = new URLSearchParams({ a, b }).toString();
        assert.deepEqual(query(search), { effect: "allow", value: { a, b } });
        assert.equal(query(`${search}&a=`).effect, "deny");
      }),
      runs,
    );
  });

  it("never throw on a query", () => {
    const query = compileQuery(z.object({ a: z.string() }));
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (search) => {
        query(search);
        query(`a=${search}`);
      }),
      runs,
    );
  });
});
