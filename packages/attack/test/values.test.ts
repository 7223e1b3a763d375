import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { expressionOf, matches } from "../src/value/pattern.ts";
import {
  answered,
  bodyOf,
  documentOf,
  makerFor,
  principal,
  sampled,
  takes,
} from "./values-fixtures.ts";

describe("a sampled value", () => {
  it("is within every bound of its schema", () => {
    const cases: readonly (readonly [object, (value: never) => boolean])[] = [
      [{ type: "integer", minimum: 5, maximum: 9 }, (value: number) => value >= 5 && value <= 9],
      [{ type: "integer", minimum: 3, exclusiveMinimum: true }, (value: number) => value > 3],
      [{ type: "number", exclusiveMinimum: 3 }, (value: number) => value > 3],
      [
        { type: "integer", multipleOf: 7, minimum: 10 },
        (value: number) => value % 7 === 0 && value >= 10,
      ],
      [{ type: "number", maximum: -2 }, (value: number) => value <= -2],
      [{ type: "string", minLength: 40 }, (value: string) => value.length >= 40],
      [{ type: "string", maxLength: 3 }, (value: string) => value.length <= 3 && value !== ""],
      [
        { type: "string", format: "uuid" },
        (value: string) =>
          /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(value),
      ],
      [
        { type: "string", format: "date-time" },
        (value: string) => !Number.isNaN(Date.parse(value)),
      ],
      [{ type: "string", format: "email" }, (value: string) => /^[^@]+@[^@]+$/.test(value)],
      [
        { type: "string", pattern: "^[A-Z]{2}\\d{4}$" },
        (value: string) => /^[A-Z]{2}\d{4}$/.test(value),
      ],
      [
        { type: "string", pattern: "^\\+?[1-9]\\d{9,14}$" },
        (value: string) => /^\+?[1-9]\d{9,14}$/.test(value),
      ],
      [{ type: "string", enum: ["", "small"] }, (value: string) => value === "small"],
      [{ const: 4 }, (value: number) => value === 4],
      [
        { type: "array", minItems: 3, uniqueItems: true, items: { type: "string" } },
        (value: string[]) => new Set(value).size === 3,
      ],
      [{ type: ["null", "integer"] }, (value: number) => Number.isInteger(value)],
      [
        { anyOf: [{ type: "null" }, { type: "boolean" }] },
        (value: boolean) => typeof value === "boolean",
      ],
      [
        { allOf: [{ type: "string", minLength: 2 }, { maxLength: 2 }] },
        (value: string) => value.length === 2,
      ],
    ];
    for (const [schema, holds] of cases) {
      const value = sampled(schema as Readonly<Record<string, unknown>>);
      assert.ok(holds(value as never), `${JSON.stringify(schema)} gave ${JSON.stringify(value)}`);
    }
  });

  it("is plausible for its name when the schema says little", () => {
    const text = { type: "string" };
    assert.match(String(sampled(text, "userEmail")), /@example\.com$/);
    assert.match(
      String(sampled(text, "password")),
      /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w]).{16,}$/,
    );
    assert.match(String(sampled(text, "phone_number")), /^\d{10}$/);
    assert.equal(sampled(text, "country"), "US");
    assert.match(String(sampled(text, "birth_date")), /^\d{4}-\d\d-\d\d$/);
    assert.match(String(sampled(text, "website_url")), /^https:\/\//);
    assert.equal(sampled({ type: "integer" }, "quantity"), 1);
    assert.equal(sampled({ type: "boolean" }, "is_admin"), false);
    assert.equal(sampled({ type: "boolean" }, "accept_terms"), true);
  });

  it("is a canary where people write freely, whatever the example says", () => {
    assert.match(String(sampled({ type: "string", example: "Dune" }, "title")), /^cnryr1/);
    assert.equal(sampled({ type: "string", example: "TRAC075" }, "coupon_code"), "TRAC075");
    assert.equal(sampled({ type: "string", example: "string" }, "zip"), "10001");
  });

  it("ends when a schema contains itself", () => {
    const node: Record<string, unknown> = { type: "object", required: ["next"] };
    node["properties"] = { next: node, name: { type: "string" } };
    const value = JSON.stringify(sampled(node));
    assert.ok(value.length < 2_000, value);
    const list: Record<string, unknown> = { type: "array", minItems: 1 };
    list["items"] = list;
    assert.ok(JSON.stringify(sampled(list)).length < 2_000);
  });

  it("of an object has what is required, and what an example shows", () => {
    const schema = {
      type: "object",
      required: ["a"],
      properties: {
        a: { type: "integer" },
        b: { type: "integer" },
        note: { type: "string" },
        id: { type: "string", readOnly: true },
        c: { type: "integer" },
      },
      example: { c: 9 },
    };
    assert.deepEqual(Object.keys(sampled(schema) as object), ["a", "note", "c"]);
  });

  it("of an object that requires nothing has all but what servers give", () => {
    const properties = { id: {}, name: {}, size: { type: "integer" }, role: {}, created_at: {} };
    assert.deepEqual(Object.keys(sampled({ type: "object", properties }) as object), [
      "name",
      "size",
    ]);
  });

  it("repeats a password where it is asked for twice", () => {
    const properties = {
      old_password: { type: "string" },
      new_password: { type: "string", maxLength: 12 },
      confirm_password: { type: "string" },
    };
    const value = sampled({ type: "object", properties }) as Record<string, string>;
    assert.equal(value["confirm_password"], value["new_password"]);
    assert.notEqual(value["old_password"], value["new_password"]);
  });
});

describe("a pattern", () => {
  it("of another dialect is understood or ignored", () => {
    assert.ok(expressionOf("/^a+$/i")?.test("AA"));
    assert.ok(expressionOf("\\Ab\\z")?.test("b"));
    assert.equal(expressionOf("(?<"), undefined);
    assert.equal(typeof sampled({ type: "string", pattern: "(?<" }), "string");
  });

  it("that takes for ever counts as not matching", () => {
    const started = performance.now();
    assert.equal(matches(/^((a|aa)+)+$/, `${"a".repeat(40)}!`), false);
    assert.ok(performance.now() - started < 2_000);
    assert.equal(matches(/^((a|aa)+)+$/, "aaa"), true);
  });
});

describe("a made call", () => {
  const document = documentOf({
    "GET /products": {},
    "GET /products/{id}": {
      parameters: [
        { name: "lang", in: "query" },
        { name: "v", in: "query", required: true, schema: { type: "integer" } },
      ],
    },
    "POST /orders": takes({ product_id: { type: "string" }, quantity: { type: "integer" } }, [
      "product_id",
    ]),
    "GET /files/{name}": {
      parameters: [
        { name: "X-Trace", in: "header", required: true },
        { name: "Authorization", in: "header", required: true },
      ],
    },
    "POST /form": {
      requestBody: {
        content: {
          "application/x-www-form-urlencoded": {
            schema: { properties: { a: { example: "x y" }, b: { type: "integer" } } },
          },
        },
      },
    },
    "POST /photo": {
      requestBody: {
        content: {
          "multipart/form-data": {
            schema: { properties: { file: { type: "string", format: "binary" } } },
          },
        },
      },
    },
    "POST /bare": {},
    "POST /accounts": takes({ label: { type: "string" } }),
    "GET /accounts/{number}": {},
    "POST /transfers": takes({ from: { type: "string" }, to: { type: "string" } }),
  });

  it("is the same for the same seed", () => {
    const run = (): readonly unknown[] => {
      const { maker } = makerFor(document);
      return document.operations.map((operation) => maker.make(operation, undefined));
    };
    assert.deepEqual(run(), run());
  });

  it("has required parameters, its body and a content type, no credential", () => {
    const { maker, at } = makerFor(document);
    assert.equal(maker.make(at("GET /products/{id}"), undefined).path, "/products/1?v=1");
    const file = maker.make(at("GET /files/{name}"), undefined);
    assert.ok(file.headers.some(([name]) => name === "x-trace"));
    assert.ok(!file.headers.some(([name]) => name === "authorization"));
    const form = maker.make(at("POST /form"), undefined);
    assert.equal(form.body, "a=x+y&b=1");
    const photo = maker.make(at("POST /photo"), undefined);
    assert.match(String(photo.body), /filename="note.txt"/);
    assert.match(String(photo.headers.find(([name]) => name === "content-type")?.[1]), /boundary=/);
    assert.equal(maker.make(at("POST /bare"), undefined).body, undefined);
  });

  it("takes what it is told before anything else", () => {
    const { maker, at } = makerFor(document, () => "known");
    const product = at("GET /products/{id}");
    const told = maker.make(product, undefined, {
      values: { id: "a/b ..", lang: "en", v: "2" },
      query: [["x", "&"]],
    });
    assert.equal(told.path, "/products/a%2Fb%20..?lang=en&v=2&x=%26");
    assert.equal(
      maker.make(product, undefined, { values: { id: ".." } }).path,
      "/products/%2E%2E?v=1",
    );
    assert.equal(maker.make(product, undefined, { path: "/raw/../x?y" }).path, "/raw/../x?y");
    const order = at("POST /orders");
    const call = maker.make(order, undefined, {
      body: { quantity: -1, admin: true, product_id: undefined },
      headers: [["Content-Type", "text/json"]],
      method: "PUT",
    });
    assert.deepEqual(bodyOf(call), { quantity: -1, admin: true });
    assert.equal(call.method, "PUT");
    assert.deepEqual(
      call.headers.filter(([name]) => /content-type/i.test(name)),
      [["Content-Type", "text/json"]],
    );
    assert.equal(maker.make(order, undefined, { rawBody: "{", mediaType: "text/plain" }).body, "{");
    assert.deepEqual(bodyOf(maker.make(at("POST /bare"), undefined, { body: { a: 1 } })), { a: 1 });
  });

  it("refers to what the caller has, else to what the API showed", () => {
    const alice = principal("alice");
    const { maker, at } = makerFor(document, (name, _operation, who) =>
      name === "product_id" && who === alice ? "own" : undefined,
    );
    const list = maker.make(at("GET /products"), undefined);
    maker.learn(answered(list, 500, { items: [{ id: "never" }] }));
    maker.learn(answered(list, 200, { items: [{ id: "p-1", name: "Tea" }] }));
    assert.deepEqual(maker.poolOf("productId"), ["p-1"]);
    assert.equal(bodyOf(maker.make(at("POST /orders"), undefined))["product_id"], "p-1");
    assert.equal(bodyOf(maker.make(at("POST /orders"), alice))["product_id"], "own");
    assert.equal(maker.make(at("GET /products/{id}"), undefined).path, "/products/p-1?v=1");
  });

  it("takes values that the same principal saw before those of others", () => {
    const { maker, at } = makerFor(document);
    for (const name of ["alice", "bob"]) {
      const list = maker.make(at("GET /products"), principal(name));
      maker.learn(answered(list, 200, [{ id: `of-${name}` }]));
    }
    assert.equal(bodyOf(maker.make(at("POST /orders"), principal("bob")))["product_id"], "of-bob");
    assert.equal(
      bodyOf(maker.make(at("POST /orders"), principal("alice")))["product_id"],
      "of-alice",
    );
  });

  it("moves from the caller's own to another's", () => {
    const { maker, at } = makerFor(document, (name) =>
      name === "account_id" ? "mine" : undefined,
    );
    maker.learn(answered(maker.make(at("POST /accounts"), undefined), 201, { number: "theirs" }));
    const call = maker.make(at("POST /transfers"), undefined);
    assert.deepEqual(bodyOf(call), { from: "mine", to: "theirs" });
  });

  it("takes any id that the API showed before it invents one", () => {
    const shown = documentOf({
      "GET /search": {},
      "POST /orders": takes({ item_id: { type: "string", format: "uuid" } }, ["item_id"]),
    });
    const { maker, at } = makerFor(shown);
    const id = "0199a000-0000-7000-8000-000000000001";
    const invented = bodyOf(maker.make(at("POST /orders"), undefined))["item_id"];
    assert.notEqual(invented, id);
    maker.learn(answered(maker.make(at("GET /search"), undefined), 200, { items: [{ id }] }));
    assert.equal(bodyOf(maker.make(at("POST /orders"), undefined))["item_id"], id);
  });
});
