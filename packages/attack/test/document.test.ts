import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { DocumentFault, readDocument } from "../src/document/read-document.ts";
import type { ApiDocument, Operation } from "../src/document/operation.ts";

const shop = readDocument(
  JSON.parse(
    readFileSync(new URL("../../../apps/shop/openapi.json", import.meta.url), "utf8"),
  ) as unknown,
);

function operationIn(document: ApiDocument, key: string): Operation {
  const found = document.operations.find((operation) => operation.key === key);
  assert.ok(found, `${key} is not there`);
  return found;
}

/** A document with one operation. */
function one(path: string, operation: object, rest: object = {}, method = "get"): Operation {
  const document = readDocument({
    openapi: "3.0.3",
    paths: { [path]: { [method]: operation } },
    ...rest,
  });
  assert.equal(document.operations.length, 1);
  return document.operations[0] as Operation;
}

describe("the shop's document", () => {
  it("is read without a warning", () => {
    assert.deepEqual(shop.warnings, []);
    assert.equal(shop.title, "Sekisho shop");
    assert.equal(shop.declares, true);
    assert.ok(shop.operations.length > 30);
  });

  it("tells who may call what", () => {
    const { access } = operationIn(shop, "GET /api/orders/{order_id}");
    assert.equal(access.kind, "credential");
    assert.equal(access.ownerParameter, "order_id");
    assert.equal(access.words, "owner(order, order_id)");
    assert.equal(operationIn(shop, "GET /api/users/{user_id}").access.selfParameter, "user_id");
    assert.deepEqual(operationIn(shop, "GET /api/admin/users").access.roles, ["admin"]);
    assert.equal(operationIn(shop, "POST /api/auth/password").access.stepUpSeconds, 600);
    assert.equal(operationIn(shop, "POST /api/webhooks/payment").access.kind, "webhook");
    assert.equal(operationIn(shop, "GET /api/search").access.kind, "anonymous");
  });

  it("tells quotas, steps and the last day", () => {
    assert.deepEqual(operationIn(shop, "GET /api/search").quota, {
      windows: [
        { limit: 30, seconds: 60 },
        { limit: 5, seconds: 1 },
      ],
      key: "client-address",
    });
    assert.deepEqual(operationIn(shop, "POST /api/orders/{order_id}/execute").step, {
      flow: "order",
      name: "execute",
      from: ["validated"],
      to: "executed",
    });
    const old = operationIn(shop, "GET /api/v0/search");
    assert.equal(old.deprecated, true);
    assert.equal(old.sunsetAt, Date.parse("2027-06-30"));
    assert.equal(operationIn(shop, "GET /api/search").deprecated, false);
  });

  it("shows its orders as a resource", () => {
    const order = shop.resources.find(({ name }) => name === "order");
    assert.equal(order?.parameter, "order_id");
    assert.equal(order?.create?.key, "POST /api/orders");
    assert.equal(order?.list?.key, "GET /api/orders");
    assert.equal(order?.read?.key, "GET /api/orders/{order_id}");
    assert.equal(order?.below.length, 4);
  });
});

describe("a reference", () => {
  const read = (schema: object, schemas: object): Operation =>
    one(
      "/things",
      { requestBody: { content: { "application/json": { schema } } } },
      { components: { schemas } },
      "post",
    );

  it("to a schema that contains itself becomes an object that contains itself", () => {
    const { body } = read(
      { $ref: "#/components/schemas/Node" },
      { Node: { type: "object", properties: { next: { $ref: "#/components/schemas/Node" } } } },
    );
    const schema = body?.schema as { properties: { next: unknown } };
    assert.equal(schema.properties.next, schema);
  });

  it("may use escapes, lead through another reference and have neighbours", () => {
    const { body } = read(
      { $ref: "#/components/schemas/a~1b%20c", description: "kept" },
      { "a/b c": { $ref: "#/components/schemas/Real" }, Real: { type: "INT" } },
    );
    assert.deepEqual(body?.schema, { type: "integer", description: "kept" });
  });

  it("to nothing becomes an empty schema and a warning", () => {
    const document = readDocument({
      openapi: "3.1.0",
      paths: {
        "/a": { get: { responses: { 200: { $ref: "#/components/responses/None" } } } },
        "/b": { get: { parameters: [{ $ref: "other.yaml#/x" }] } },
      },
    });
    assert.equal(document.operations.length, 2);
    assert.deepEqual(document.warnings, [
      "#/components/responses/None refers to nothing",
      "other.yaml#/x refers to nothing",
    ]);
  });

  it("to itself ends", () => {
    const { body } = read(
      { $ref: "#/components/schemas/A" },
      { A: { $ref: "#/components/schemas/B" }, B: { $ref: "#/components/schemas/A" } },
    );
    assert.deepEqual(body?.schema, {});
  });
});

describe("a Swagger 2.0 document", () => {
  const document = readDocument({
    swagger: "2.0",
    info: { title: "Old" },
    host: "api.example.com",
    basePath: "/v1",
    schemes: ["https", "http"],
    consumes: ["application/json"],
    securityDefinitions: {
      token: { type: "apiKey", in: "header", name: "Authorization" },
      key: { type: "apiKey", in: "query", name: "api_key" },
      basic: { type: "basic" },
    },
    security: [{ token: [] }],
    definitions: { Pet: { type: "object", properties: { name: { type: "string" } } } },
    paths: {
      "/pets": {
        parameters: [{ name: "trace", in: "header", type: "string" }],
        post: {
          parameters: [{ in: "body", name: "body", schema: { $ref: "#/definitions/Pet" } }],
          responses: { 200: { schema: { $ref: "#/definitions/Pet" } } },
        },
      },
      "/pets/{id}/photo": {
        post: {
          security: [],
          consumes: ["multipart/form-data"],
          parameters: [
            { name: "id", in: "path", type: "integer", format: "int64", required: true },
            { name: "file", in: "formData", type: "file", required: true },
            { name: "note", in: "formData", type: "string" },
          ],
        },
      },
    },
  });

  it("has its addresses and schemes", () => {
    assert.deepEqual(document.servers, ["https://api.example.com/v1", "http://api.example.com/v1"]);
    assert.deepEqual(
      document.schemes.map(({ kind }) => kind),
      ["bearer", "query", "basic"],
    );
  });

  it("has bodies from body and form parameters", () => {
    const create = operationIn(document, "POST /pets");
    assert.equal(create.body?.mediaType, "application/json");
    assert.deepEqual(Object.keys(create.body?.schema["properties"] as object), ["name"]);
    assert.deepEqual(
      create.parameters.map(({ name }) => name),
      ["trace"],
    );
    assert.equal(create.answers[0]?.schema, create.body?.schema);
    const photo = operationIn(document, "POST /pets/{id}/photo");
    assert.equal(photo.body?.mediaType, "multipart/form-data");
    assert.deepEqual(photo.body?.schema["required"], ["file"]);
    assert.deepEqual(photo.parameters[0]?.schema, { type: "integer", format: "int64" });
    assert.ok(photo.traits.has("upload"));
  });

  it("has security of the document unless the operation says otherwise", () => {
    assert.equal(operationIn(document, "POST /pets").access.kind, "credential");
    assert.equal(operationIn(document, "POST /pets/{id}/photo").access.kind, "anonymous");
  });
});

describe("a sloppy document", () => {
  it("may leave out almost everything", () => {
    const operation = one("users/:userId//notes/", {});
    assert.equal(operation.key, "GET /users/{userId}/notes/");
    assert.deepEqual(
      operation.parameters.map(({ name, place }) => [name, place]),
      [["userId", "path"]],
    );
    assert.equal(operation.access.kind, "unsaid");
    assert.deepEqual(operation.answers, []);
  });

  it("may write parameters in frameworks' ways and queries into paths", () => {
    assert.equal(one("/a/<int:id>", {}).path, "/a/{id}");
    assert.equal(one("/a/{id:[0-9]{1,3}}", {}).path, "/a/{id}");
    const { path, parameters } = one("/a?action=list&x={x}", {});
    assert.equal(path, "/a");
    assert.deepEqual(
      parameters.map(({ name, example }) => [name, example]),
      [
        ["action", "list"],
        ["x", undefined],
      ],
    );
  });

  it("may describe an operation twice", () => {
    const document = readDocument({
      swagger: "2.0",
      paths: { "/a": { get: {} }, "/a/": { get: {} }, "/b": null },
    });
    assert.equal(document.operations.length, 1);
    assert.equal(document.warnings.length, 2);
  });

  it("may put its examples anywhere", () => {
    const exampleOf = (shape: object): unknown =>
      one("/a", { requestBody: { content: { "application/json": shape } } }, {}, "post").body
        ?.example;
    assert.deepEqual(exampleOf({ example: { a: 1 } }), { a: 1 });
    assert.deepEqual(exampleOf({ examples: { first: { value: { a: 2 } } } }), { a: 2 });
    assert.deepEqual(exampleOf({ schema: { example: { a: 3 } } }), { a: 3 });
    assert.deepEqual(exampleOf({ schema: { examples: [{ a: 4 }] } }), { a: 4 });
    assert.deepEqual(exampleOf({ example: '{"a": 5}' }), { a: 5 });
  });

  it("that is no OpenAPI document at all is refused in words", () => {
    const faults: readonly (readonly [unknown, RegExp])[] = [
      [undefined, /empty/],
      [[], /list/],
      ["text", /string/],
      [{ info: {}, item: [] }, /Postman/],
      [{ swaggerVersion: "1.2", apis: [] }, /Swagger 1/],
      [{ a: 1 }, /neither/],
    ];
    for (const [raw, message] of faults)
      assert.throws(
        () => readDocument(raw),
        (error) => error instanceof DocumentFault && message.test(error.message),
      );
    assert.equal(readDocument({ data: { openapi: "3.0.0", paths: {} } }).operations.length, 0);
  });
});

describe("access", () => {
  const accessOf = (operation: object, rest: object = {}) =>
    one("/things/{id}", operation, rest).access;

  it("of x-sekisho promises no more than the weakest alternative", () => {
    const words = (access: string) => accessOf({ "x-sekisho": { access } });
    const mixed = words("any-of(role(support), owner(order, id))");
    assert.deepEqual([mixed.roles, mixed.ownerParameter], [[], "id"]);
    assert.equal(words("any-of(authenticated, owner(order, id))").ownerParameter, undefined);
    assert.equal(words("anyOf(anonymous, role(admin))").kind, "optional");
    const strict = words("all-of(owner(order, id), role(editor))");
    assert.deepEqual([strict.roles, strict.ownerParameter], [["editor"], "id"]);
    assert.deepEqual(words("any-of(role(a), role(b))").roles, ["a", "b"]);
    assert.equal(words("step-up(owner(order, id), 300s, otp|key)").stepUpSeconds, 300);
    assert.deepEqual(words("shadow(anonymous, enforced role(admin))").roles, ["admin"]);
  });

  it("of the x- fields counts before security", () => {
    assert.deepEqual(accessOf({ "x-roles": ["chef"], security: [] }).roles, ["chef"]);
    assert.equal(accessOf({ "x-owner": "id" }).ownerParameter, "id");
    assert.equal(accessOf({ "x-owner": "/ownerId" }).ownerParameter, "id");
    assert.equal(accessOf({ "x-visibility": "public", security: [{ a: [] }] }).shared, true);
    assert.equal(accessOf({ "x-visibility": "private" }).shared, false);
  });

  it("of security may be optional, none or by role", () => {
    assert.equal(accessOf({ security: [{ a: [] }, {}] }).kind, "optional");
    assert.equal(accessOf({ security: [] }, { security: [{ a: [] }] }).kind, "anonymous");
    assert.equal(accessOf({}, { security: [{ a: [] }] }).kind, "credential");
    assert.deepEqual(accessOf({ security: [{ a: ["admin"] }] }).roles, ["admin"]);
    const oauth = { components: { securitySchemes: { a: { type: "oauth2" } } } };
    assert.deepEqual(accessOf({ security: [{ a: ["read:pets", "openid"] }] }, oauth).roles, []);
    assert.deepEqual(accessOf({ security: [{ a: ["role:chef"] }] }, oauth).roles, ["chef"]);
  });

  it("is guessed from a 401 or a credential among the parameters, never from words", () => {
    assert.equal(accessOf({ responses: { 401: {} } }).kind, "credential");
    assert.equal(accessOf({ responses: { 403: {} } }).kind, "unsaid");
    const header = (name: string) => accessOf({ parameters: [{ name, in: "header" }] }).kind;
    assert.equal(header("Authorization"), "credential");
    assert.equal(header("X-Api-Key"), "credential");
    assert.equal(header("X-Trace"), "unsaid");
    assert.deepEqual(accessOf({ description: "Admins only" }).roles, []);
    const login = {
      responses: { 401: {} },
      requestBody: {
        content: { "application/json": { schema: { properties: { username: {}, password: {} } } } },
      },
    };
    assert.equal(one("/login", login, {}, "post").access.kind, "unsaid");
  });
});
