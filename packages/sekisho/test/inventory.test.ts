import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import {
  buildOpenApi,
  deprecated,
  experimental,
  inventoryEntries,
  lifecycleFaults,
  lifecycleHeaders,
  lifecycleState,
  production,
  type EndpointDescription,
  type JsonSchema,
} from "sekisho/inventory";
import { problemTypes } from "sekisho/kernel";

const ending = deprecated({
  since: "2025-01-01",
  deprecatedAt: "2026-06-01",
  sunsetAt: "2027-01-01T12:00:00Z",
  successor: "/api/v2/orders",
  information: "https://example.com/moving",
});
const deprecation = Date.parse("2026-06-01T00:00:00Z");
const sunset = Date.parse("2027-01-01T12:00:00Z");

describe("the life of an endpoint", () => {
  it("changes at the millisecond of its dates and not before", () => {
    const cases: readonly [number, string][] = [
      [deprecation - 1000, "production"],
      [deprecation - 1, "production"],
      [deprecation, "deprecated"],
      [deprecation + 1000, "deprecated"],
      [sunset - 1000, "deprecated"],
      [sunset - 1, "deprecated"],
      [sunset, "retired"],
      [sunset + 1000, "retired"],
    ];
    for (const [now, state] of cases)
      assert.equal(lifecycleState(ending, now), state, new Date(now).toISOString());
  });

  it("has no end while none is declared", () => {
    assert.equal(lifecycleState(production({ since: "2026-11-01" }), sunset * 2), "production");
    assert.equal(lifecycleState(experimental({ since: "2026-11-01" }), sunset * 2), "experimental");
    assert.deepEqual(lifecycleHeaders(production({ since: "2026-11-01" })), []);
  });

  it("is over when its end cannot be read", () => {
    const faulty = deprecated({
      since: "2025-01-01",
      deprecatedAt: "2025-02-01",
      sunsetAt: "soon",
    });
    assert.equal(lifecycleState(faulty, 0), "retired");
  });

  it("is announced as RFC 9745 and RFC 8594 write it", () => {
    assert.deepEqual(lifecycleHeaders(ending), [
      ["deprecation", "@1780272000"],
      ["sunset", "Fri, 01 Jan 2027 12:00:00 GMT"],
      [
        "link",
        '</api/v2/orders>; rel="successor-version", ' +
          '<https://example.com/moving>; rel="deprecation"; type="text/html", ' +
          '<https://example.com/moving>; rel="sunset"; type="text/html"',
      ],
    ]);
  });

  it("names every fault at once", () => {
    const faulty = deprecated({
      since: "yesterday",
      deprecatedAt: "2026-02-30",
      sunsetAt: "2026-1-1",
      successor: 'x>; rel="evil"',
      information: "https://example.com/\r\nset-cookie: a=b",
    });
    const faults = lifecycleFaults(faulty);
    for (const name of ["since", "deprecatedAt", "sunsetAt", "successor", "information"])
      assert.equal(faults.filter((fault) => fault.startsWith(name)).length, 1, name);
    assert.throws(() => lifecycleHeaders(faulty), TypeError);
  });

  it("may end at the moment of its deprecation and not a second before", () => {
    const life = { since: "2025-01-01", deprecatedAt: "2026-06-01" };
    assert.deepEqual(
      lifecycleFaults(deprecated({ ...life, sunsetAt: "2026-06-01T00:00:00Z" })),
      [],
    );
    const faults = lifecycleFaults(deprecated({ ...life, sunsetAt: "2026-05-31T23:59:59Z" }));
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? "", /is before deprecatedAt/);
  });

  it("accepts only calendar days and RFC 3339 times", () => {
    const cases: readonly [string, boolean][] = [
      ["2024-02-29", true],
      ["2023-02-29", false],
      ["2026-12-31T23:59:59.5+09:00", true],
      ["2026-12-31T24:00:01Z", false],
      ["2026-13-01", false],
      ["2026-12-31T23:59:59", false],
      ["31 Dec 2026", false],
      ["", false],
    ];
    for (const [since, valid] of cases)
      assert.equal(lifecycleFaults(production({ since })).length === 0, valid, since);
  });
});

const id: JsonSchema = { type: "string", format: "uuid" };
const order: JsonSchema = {
  type: "object",
  properties: { id, items: { type: "array", items: { $ref: "#/$defs/Item" }, maxItems: 20 } },
  required: ["id", "items"],
  $defs: {
    Item: { type: "object", properties: { product_id: id }, required: ["product_id"] },
  },
};

function endpoint(changes: Partial<EndpointDescription>): EndpointDescription {
  return {
    method: "GET",
    path: "/api/orders/:order_id",
    operationId: "readOrder",
    summary: "Reads an order",
    team: "commerce",
    lifecycle: production({ since: "2026-11-01" }),
    access: { text: "owner of order", anonymous: false, security: "bearer", roles: [] },
    quota: { text: "200/minute", key: "principal" },
    parameters: { path: { order_id: id } },
    responses: { 200: { description: "The order.", schema: order } },
    problems: [401, 404, 429, 500, 503],
    unsafe: [],
    ...changes,
  };
}

const endpoints: readonly EndpointDescription[] = [
  endpoint({}),
  endpoint({
    method: "POST",
    path: "/api/orders",
    operationId: "createOrder",
    idempotent: true,
    audit: "order_created",
    step: { flow: "order", name: "create", from: [], to: "draft" },
    parameters: {
      path: {},
      query: {
        type: "object",
        properties: { dry_run: { type: "boolean", description: "Only try." } },
      },
      headers: { type: "object", properties: { "x-trace": { type: "string" } } },
    },
    requestBody: {
      mediaType: "application/json",
      required: true,
      schema: order,
      example: { items: [] },
    },
    responses: {
      201: {
        description: "The draft.",
        schema: order,
        headers: { location: { type: "string" }, etag: { type: "string" } },
      },
    },
    problems: [400, 401, 409, 413, 415, 422, 429],
    readableBy: { salary: ["admin"] },
  }),
  endpoint({
    method: "GET",
    path: "/api/orders",
    operationId: "listOrders",
    lifecycle: ending,
    parameters: { path: {} },
  }),
  endpoint({
    method: "PATCH",
    path: "/api/admin/users/:user_id",
    operationId: "changeUser",
    parameters: { path: { user_id: id } },
    access: { text: "role admin", anonymous: false, security: "bearer", roles: ["admin"] },
    unsafe: ["unsafeWithoutStepUp"],
  }),
  endpoint({
    method: "POST",
    path: "/api/webhooks/payment",
    operationId: "receivePayment",
    parameters: { path: {} },
    access: {
      text: "webhook payment",
      anonymous: false,
      security: "webhook",
      roles: [],
      signatureHeaders: [["webhook-id", "webhook-timestamp", "webhook-signature"], ["x-signature"]],
    },
    responses: { 202: { description: "Accepted." } },
  }),
  endpoint({
    path: "/api/search",
    operationId: "search",
    parameters: { path: {} },
    access: { text: "anonymous", anonymous: true, security: "none", roles: [] },
  }),
];
const options = { title: "Shop", version: "1.0.0", problemCodes: problemTypes };

/** Follows a path of names through plain data. */
function at(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (inner, name) => (inner as Readonly<Record<string, unknown>> | undefined)?.[name],
    value,
  );
}

describe("the OpenAPI document", () => {
  const document = buildOpenApi(endpoints, options);
  const operation = (path: string, method: string): unknown => at(document, "paths", path, method);

  it("is valid OpenAPI 3.1, and the validator would notice if it were not", async () => {
    const copy = (): Record<string, unknown> =>
      JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
    const verdict = await new Validator().validate(copy());
    assert.deepEqual(verdict, { valid: true });
    const broken = copy();
    delete broken["info"];
    assert.equal((await new Validator().validate(broken)).valid, false);
  });

  it("is the same text whatever the order of the declarations", () => {
    assert.equal(
      JSON.stringify(buildOpenApi(endpoints.toReversed(), options)),
      JSON.stringify(document),
    );
  });

  it("has no reference that leads nowhere", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    assert.ok(references.length > 10);
    for (const [, pointer = ""] of references)
      assert.notEqual(at(document, ...pointer.split("/")), undefined, pointer);
  });

  it("writes paths and parameters in its own notation", () => {
    assert.deepEqual(at(operation("/api/orders/{order_id}", "get"), "parameters"), [
      { name: "order_id", in: "path", required: true, schema: id },
    ]);
    const names = at(operation("/api/orders", "post"), "parameters") as { name: string }[];
    assert.deepEqual(
      names.map(({ name }) => name),
      ["dry_run", "x-trace", "Idempotency-Key"],
    );
  });

  it("asks for the credentials that are enforced", () => {
    const security = (path: string, method: string): unknown =>
      at(operation(path, method), "security");
    assert.deepEqual(security("/api/orders/{order_id}", "get"), [{ bearer: [] }]);
    assert.deepEqual(security("/api/admin/users/{user_id}", "patch"), [{ bearer: ["admin"] }]);
    assert.deepEqual(security("/api/search", "get"), []);
    assert.deepEqual(security("/api/webhooks/payment", "post"), [
      { "webhook-id": [], "webhook-timestamp": [], "webhook-signature": [] },
      { "x-signature": [] },
    ]);
  });

  it("closes every object that names its properties", () => {
    const objects: JsonSchema[] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      const schema = value as JsonSchema;
      if (schema["type"] === "object" && "properties" in schema) objects.push(schema);
      for (const inner of Object.values(schema)) visit(inner);
    };
    visit(document);
    assert.ok(objects.length > 4);
    for (const schema of objects)
      assert.equal(schema["additionalProperties"], false, JSON.stringify(schema));
  });

  it("describes problems once, as application/problem+json", () => {
    const reference = at(operation("/api/search", "get"), "responses", "429", "$ref");
    assert.equal(reference, "#/components/responses/Problem429");
    const response = at(document, "components", "responses", "Problem429");
    assert.deepEqual(Object.keys(at(response, "content") as object), ["application/problem+json"]);
    assert.deepEqual(Object.keys(at(response, "headers") as object), [
      "RateLimit",
      "RateLimit-Policy",
      "Retry-After",
    ]);
  });

  it("describes each header field once", () => {
    const headers = at(operation("/api/orders", "post"), "responses", "201", "headers");
    assert.deepEqual(Object.keys(headers as object), [
      "Location",
      "RateLimit",
      "RateLimit-Policy",
      "etag",
    ]);
  });

  it("marks what is deprecated, and that it will answer 410", () => {
    const ended = operation("/api/orders", "get");
    assert.equal(at(ended, "deprecated"), true);
    assert.equal(at(ended, "responses", "410", "$ref"), "#/components/responses/Problem410");
    assert.notEqual(at(ended, "responses", "200", "headers", "Sunset"), undefined);
    const living = operation("/api/search", "get");
    assert.equal(at(living, "deprecated"), undefined);
    assert.equal(at(living, "responses", "410"), undefined);
    assert.equal(at(living, "responses", "200", "headers", "Sunset"), undefined);
  });

  it("says who answers for an operation and what protects it, but not what is unsafe", () => {
    assert.deepEqual(at(operation("/api/orders", "post"), "x-sekisho"), {
      access: "owner of order",
      roles: [],
      quota: { limit: "200/minute", key: "principal" },
      team: "commerce",
      lifecycle: { stage: "production", since: "2026-11-01" },
      step: { flow: "order", name: "create", from: [], to: "draft" },
      audit: "order_created",
      readable_by: { salary: ["admin"] },
    });
    assert.equal(JSON.stringify(document).includes("unsafe"), false);
  });

  it("keeps apart two definitions that share a name", () => {
    const other: JsonSchema = {
      ...order,
      $defs: { Item: { type: "object", properties: { sku: { type: "string" } } } },
    };
    const both = buildOpenApi(
      [
        endpoint({}),
        endpoint({
          path: "/api/other",
          operationId: "other",
          parameters: { path: {} },
          responses: { 200: { description: "Other.", schema: other } },
        }),
      ],
      options,
    );
    assert.deepEqual(Object.keys(both.components["schemas"] ?? {}), ["Item", "Item2", "Problem"]);
  });

  it("gives a recursive schema a name of its own", () => {
    const tree: JsonSchema = {
      type: "object",
      properties: { children: { type: "array", items: { $ref: "#" } } },
    };
    const made = buildOpenApi(
      [endpoint({ responses: { 200: { description: "A tree.", schema: tree } } })],
      options,
    );
    assert.deepEqual(at(made, "components", "schemas", "readOrder_200", "properties", "children"), {
      type: "array",
      items: { $ref: "#/components/schemas/readOrder_200" },
    });
  });

  it("refuses doubles and references to nothing", () => {
    assert.throws(
      () => buildOpenApi([endpoint({}), endpoint({ path: "/b" })], options),
      /readOrder/,
    );
    assert.throws(
      () => buildOpenApi([endpoint({}), endpoint({ operationId: "again" })], options),
      /GET .* is declared twice/,
    );
    const dangling = { 200: { description: "x", schema: { $ref: "#/$defs/Nowhere" } } };
    assert.throws(() => buildOpenApi([endpoint({ responses: dangling })], options), /Nowhere/);
  });
});

describe("the inventory", () => {
  it("lists all endpoints by path and method, with their state of the moment", () => {
    const before = inventoryEntries(endpoints, sunset - 1);
    assert.deepEqual(
      before.map(({ method, path }) => `${method} ${path}`),
      [
        "PATCH /api/admin/users/:user_id",
        "GET /api/orders",
        "POST /api/orders",
        "GET /api/orders/:order_id",
        "GET /api/search",
        "POST /api/webhooks/payment",
      ],
    );
    assert.deepEqual(before[1], {
      method: "GET",
      path: "/api/orders",
      team: "commerce",
      lifecycle: "deprecated",
      access: "owner of order",
      quota: "200/minute",
    });
    assert.equal(inventoryEntries(endpoints, sunset)[1]?.lifecycle, "retired");
  });
});
