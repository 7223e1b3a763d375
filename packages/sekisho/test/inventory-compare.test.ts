import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { compareOpenApi } from "sekisho/inventory";

type Plain = Readonly<Record<string, unknown>>;

const ok: Plain = { 200: { description: "ok" } };

function document(operation: Plain, more: Plain = {}): Plain {
  return {
    openapi: "3.1.0",
    info: { title: "t", version: "1" },
    paths: { "/items/{id}": { post: { responses: ok, ...operation } } },
    ...more,
  };
}

function taking(schema: unknown, components: Plain = {}): Plain {
  const requestBody = { required: true, content: { "application/json": { schema } } };
  return document({ requestBody }, { components: { schemas: components } });
}

function giving(schema: unknown, components: Plain = {}): Plain {
  const content = { "application/json": { schema } };
  return document(
    { responses: { 200: { description: "ok", content } } },
    { components: { schemas: components } },
  );
}

/** Ids of the changes, the breaking ones marked. */
function changes(before: unknown, after: unknown): readonly string[] {
  return compareOpenApi(before, after).changes.map(({ id, breaking }) =>
    breaking ? `${id}!` : id,
  );
}

const object = (properties: Plain, required: readonly string[] = [], more: Plain = {}): Plain => ({
  type: "object",
  properties,
  required,
  ...more,
});
const text: Plain = { type: "string" };

describe("a change of a schema", () => {
  const rows: readonly {
    readonly name: string;
    readonly narrow: unknown;
    readonly wide: unknown;
    readonly narrowed: string;
    readonly widened: string;
  }[] = [
    {
      name: "maxLength",
      narrow: { ...text, maxLength: 5 },
      wide: { ...text, maxLength: 6 },
      narrowed: "max-length-decreased",
      widened: "max-length-increased",
    },
    {
      name: "minimum",
      narrow: { type: "integer", minimum: 2 },
      wide: { type: "integer", minimum: 1 },
      narrowed: "min-increased",
      widened: "min-decreased",
    },
    {
      name: "exclusive at the same number",
      narrow: { type: "number", exclusiveMinimum: 1 },
      wide: { type: "number", minimum: 1 },
      narrowed: "exclusive-min-increased",
      widened: "exclusive-min-decreased",
    },
    {
      name: "enum",
      narrow: { enum: ["a"] },
      wide: { enum: ["a", "b"] },
      narrowed: "enum-value-removed",
      widened: "enum-value-added",
    },
    {
      name: "null",
      narrow: text,
      wide: { type: ["string", "null"] },
      narrowed: "became-not-nullable",
      widened: "became-nullable",
    },
    {
      name: "number",
      narrow: { type: "integer" },
      wide: { type: "number" },
      narrowed: "type-specialized",
      widened: "type-generalized",
    },
    {
      name: "pattern",
      narrow: { ...text, pattern: "^a" },
      wide: text,
      narrowed: "pattern-added",
      widened: "pattern-removed",
    },
    {
      name: "format",
      narrow: { type: "integer", format: "int32" },
      wide: { type: "integer", format: "int64" },
      narrowed: "format-changed",
      widened: "format-changed",
    },
    {
      name: "alternatives",
      narrow: { anyOf: [text] },
      wide: { anyOf: [text, { type: "integer" }] },
      narrowed: "any-of-removed",
      widened: "any-of-added",
    },
    {
      name: "multiples",
      narrow: { type: "integer", multipleOf: 10 },
      wide: { type: "integer", multipleOf: 5 },
      narrowed: "multiple-of-changed",
      widened: "multiple-of-changed",
    },
  ];
  for (const { name, narrow, wide, narrowed, widened } of rows)
    it(`breaks clients that write when it narrows and that read when it widens: ${name}`, () => {
      assert.deepEqual(changes(taking(wide), taking(narrow)), [`request-body-${narrowed}!`]);
      assert.deepEqual(changes(taking(narrow), taking(wide)), [`request-body-${widened}`]);
      assert.deepEqual(changes(giving(wide), giving(narrow)), [`response-body-${narrowed}`]);
      assert.deepEqual(changes(giving(narrow), giving(wide)), [`response-body-${widened}!`]);
    });

  it("breaks both when nothing in common is left", () => {
    const number = { type: "number" };
    assert.deepEqual(changes(taking(text), taking(number)), ["request-body-type-changed!"]);
    assert.deepEqual(changes(giving(text), giving(number)), ["response-body-type-changed!"]);
  });
});

describe("a change of properties", () => {
  const one = object({ a: text });
  const both = object({ a: text, b: text });
  const needed = object({ a: text, b: text }, ["b"]);

  it("breaks a client that does not send what is needed now", () => {
    assert.deepEqual(changes(taking(one), taking(needed)), ["new-required-request-property!"]);
    assert.deepEqual(changes(taking(one), taking(both)), ["new-optional-request-property"]);
    assert.deepEqual(changes(taking(both), taking(needed)), ["request-property-became-required!"]);
    assert.deepEqual(changes(taking(needed), taking(both)), ["request-property-became-optional"]);
  });

  it("breaks a client that sends what a closed object no longer knows", () => {
    const closed = { ...one, additionalProperties: false };
    assert.deepEqual(changes(taking({ ...both, additionalProperties: false }), taking(closed)), [
      "request-property-removed!",
    ]);
    assert.deepEqual(changes(taking(both), taking(one)), ["request-property-removed"]);
  });

  it("breaks a client that relies on what is no longer sent", () => {
    assert.deepEqual(changes(giving(needed), giving(one)), ["response-required-property-removed!"]);
    assert.deepEqual(changes(giving(needed), giving(both)), ["response-property-became-optional!"]);
    assert.deepEqual(changes(giving(one), giving(both)), ["response-optional-property-added"]);
  });

  it("looks only at what the writer may send", () => {
    const own = { ...text, readOnly: true };
    assert.deepEqual(changes(taking(one), taking(object({ a: text, b: own }, ["b"]))), []);
    assert.equal(changes(giving(one), giving(object({ a: text, b: own }))).length, 1);
  });
});

describe("what is no change", () => {
  const rows: readonly [string, unknown, unknown][] = [
    ["a description", taking({ ...text, description: "a" }), taking({ ...text, description: "b" })],
    [
      "a renamed component",
      taking({ $ref: "#/components/schemas/A" }, { A: text }),
      taking({ $ref: "#/components/schemas/B" }, { B: text }),
    ],
    ["an allOf of one", taking(object({ a: text })), taking({ allOf: [object({ a: text })] })],
    [
      "another order of alternatives",
      taking({ oneOf: [text, { type: "null" }] }),
      taking({ oneOf: [{ type: "null" }, text] }),
    ],
    ["a length of at least nothing", taking(text), taking({ ...text, minLength: 0 })],
    [
      "a charset",
      taking(text),
      JSON.parse(
        JSON.stringify(taking(text)).replace("application/json", "application/json; charset=utf-8"),
      ),
    ],
  ];
  for (const [name, before, after] of rows)
    it(name, () => {
      assert.deepEqual(changes(before, after), []);
      assert.deepEqual(changes(after, before), []);
    });

  it("but a real change behind a renamed component is found", () => {
    const before = taking({ $ref: "#/components/schemas/A" }, { A: { ...text, maxLength: 9 } });
    const after = taking({ $ref: "#/components/schemas/B" }, { B: { ...text, maxLength: 8 } });
    assert.deepEqual(changes(before, after), ["request-body-max-length-decreased!"]);
  });
});

describe("a change of an operation", () => {
  const limit = (more: Plain): Plain => ({
    name: "limit",
    in: "query",
    schema: { type: "integer" },
    ...more,
  });

  it("may add what is optional", () => {
    const before = document({});
    assert.deepEqual(changes(before, document({ parameters: [limit({})] })), [
      "new-optional-request-parameter",
    ]);
    assert.deepEqual(changes(before, document({ parameters: [limit({ required: true })] })), [
      "new-required-request-parameter!",
    ]);
  });

  it("may take any text where it took a number in the query, but not in a body", () => {
    const before = document({ parameters: [limit({})] });
    const after = document({ parameters: [limit({ schema: text })] });
    assert.deepEqual(changes(before, after), ["request-parameter-type-generalized"]);
    assert.deepEqual(changes(taking({ type: "integer" }), taking(text)), [
      "request-body-type-changed!",
    ]);
  });

  it("has to go on letting in whoever could call it", () => {
    const open = document({});
    const signedIn = document({ security: [{ bearer: [] }] });
    const admin = document({ security: [{ bearer: ["admin"] }] });
    assert.deepEqual(changes(open, signedIn), ["api-security-added!"]);
    assert.deepEqual(changes(signedIn, admin), ["api-security-added!"]);
    assert.deepEqual(changes(admin, signedIn), ["api-security-removed"]);
    assert.deepEqual(changes(signedIn, document({ security: [{ bearer: [] }, { key: [] }] })), [
      "api-security-removed",
    ]);
  });

  it("may not vanish before the sunset it announced", () => {
    const gone = { ...document({}), paths: {} };
    const sunset = Date.parse("2027-01-01T00:00:00Z");
    const ending = document({
      deprecated: true,
      "x-sekisho": { lifecycle: { sunsetAt: "2027-01-01" } },
    });
    const at = (now?: number): boolean | undefined =>
      compareOpenApi(ending, gone, now === undefined ? {} : { now }).changes[0]?.breaking;
    assert.equal(at(sunset), false);
    assert.equal(at(sunset - 1), true);
    assert.equal(at(), true);
    assert.deepEqual(changes(document({}), gone), ["endpoint-removed!"]);
  });

  it("is reported with its place", () => {
    const [change] = compareOpenApi(
      taking(object({ a: object({ b: { ...text, maxLength: 2 } }) })),
      taking(object({ a: object({ b: { ...text, maxLength: 1 } }) })),
    ).changes;
    assert.deepEqual(change, {
      id: "request-property-max-length-decreased",
      breaking: true,
      path: "/items/{id}",
      method: "POST",
      text: "request body/a/b: max-length 2 → 1",
    });
  });
});

describe("a webhook", () => {
  const hook = (schema: Plain): Plain => ({
    webhooks: {
      paid: {
        post: { requestBody: { content: { "application/json": { schema } } }, responses: ok },
      },
    },
  });

  it("is written by the API: what it sends must not grow", () => {
    const [narrow, wide] = [{ enum: ["a"] }, { enum: ["a", "b"] }];
    assert.deepEqual(changes(hook(narrow), hook(wide)), ["response-body-enum-value-added!"]);
    assert.deepEqual(changes(hook(wide), hook(narrow)), ["response-body-enum-value-removed"]);
  });
});

describe("hard documents", () => {
  it("may be recursive", () => {
    const tree = (value: Plain): Plain => ({
      Tree: object({
        value,
        children: { type: "array", items: { $ref: "#/components/schemas/Tree" } },
      }),
    });
    const root = { $ref: "#/components/schemas/Tree" };
    assert.deepEqual(changes(taking(root, tree(text)), taking(root, tree(text))), []);
    assert.deepEqual(changes(taking(root, tree(text)), taking(root, tree({ type: "integer" }))), [
      "request-property-type-changed!",
    ]);
  });

  it("may use a component in two places at each of forty levels", () => {
    const levels = (leaf: Plain): Plain => {
      const components: Record<string, Plain> = { L40: leaf };
      for (let level = 0; level < 40; level++) {
        const next = { $ref: `#/components/schemas/L${level + 1}` };
        components[`L${level}`] = object({ left: next, right: next });
      }
      return taking({ $ref: "#/components/schemas/L0" }, components);
    };
    assert.deepEqual(changes(levels(text), levels(text)), []);
    assert.deepEqual(changes(levels(text), levels({ type: "integer" })), [
      "request-property-type-changed!",
    ]);
  });

  it("may be no documents at all", () => {
    const odd = [
      null,
      1,
      [],
      { paths: [] },
      { paths: { "/a": null } },
      { paths: { "/a": { get: { parameters: [null, { $ref: "#/x" }], responses: { 200: 1 } } } } },
      { paths: { "/a": { $ref: "#/paths/~1a" } } },
      taking({ $ref: "#/components/schemas/%" }),
      taking({ allOf: [{ $ref: "#" }], oneOf: 1, enum: "x", properties: [] }),
    ];
    for (const before of odd)
      for (const after of odd) assert.ok(Array.isArray(compareOpenApi(before, after).changes));
  });
});
