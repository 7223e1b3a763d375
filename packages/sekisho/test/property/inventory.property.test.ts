import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { compareOpenApi, deprecated, lifecycleFaults, lifecycleState } from "sekisho/inventory";

type Plain = Readonly<Record<string, unknown>>;

/** Random schemas with a bound that can be moved. */
const schema: fc.Arbitrary<Plain> = fc.letrec<{ schema: Plain }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ type: fc.constant("string"), maxLength: fc.integer({ min: 1, max: 99 }) }),
    fc.record({ type: fc.constant("integer"), minimum: fc.integer({ min: -9, max: 9 }) }),
    fc.record({ enum: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }) }),
    fc.record({ type: fc.constant("array"), items: tie("schema"), maxItems: fc.nat(20) }),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("schema"), { maxKeys: 4 }),
      additionalProperties: fc.boolean(),
    }),
    fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }),
  ),
})).schema;

function taking(body: Plain): Plain {
  const requestBody = { content: { "application/json": { schema: body } } };
  return { paths: { "/a": { post: { requestBody, responses: {} } } } };
}

function giving(body: Plain): Plain {
  const responses = { 200: { content: { "application/json": { schema: body } } } };
  return { paths: { "/a": { get: { responses } } } };
}

function isBreaking(before: Plain, after: Plain): boolean {
  return compareOpenApi(before, after).changes.some(({ breaking }) => breaking);
}

describe("comparing documents", () => {
  it("finds no change between a document and its copy", () => {
    fc.assert(
      fc.property(schema, (body) => {
        for (const document of [taking(body), giving(body)])
          assert.deepEqual(compareOpenApi(document, structuredClone(document)).changes, []);
      }),
      { numRuns: 200 },
    );
  });

  it("finds a lower ceiling wherever it is, and calls it breaking for those who write", () => {
    fc.assert(
      fc.property(schema, (body) => {
        const wide = {
          type: "object",
          properties: { found: { type: "string", maxLength: 9 }, body },
        };
        const narrow = {
          ...wide,
          properties: { ...wide.properties, found: { type: "string", maxLength: 8 } },
        };
        const places: readonly ((inner: Plain) => Plain)[] = [
          (inner) => inner,
          (inner) => ({ type: "array", items: inner }),
          (inner) => ({ type: "object", properties: { inner } }),
          (inner) => ({ allOf: [inner] }),
        ];
        for (const place of places) {
          const [old, now] = [place(wide), place(narrow)];
          assert.equal(isBreaking(taking(old), taking(now)), true);
          assert.equal(isBreaking(taking(now), taking(old)), false);
          assert.equal(isBreaking(giving(old), giving(now)), false);
          assert.equal(isBreaking(giving(now), giving(old)), true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("survives whatever JSON it is given", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        compareOpenApi({ paths: before }, { paths: { "/a": { get: after } } });
        compareOpenApi({ paths: { "/a": { get: before } } }, { paths: { "/a": { get: after } } });
        compareOpenApi(taking({ properties: before }), taking({ properties: after }));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a lifecycle", () => {
  const day = fc
    .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));

  it("only ever moves forward", () => {
    const order = ["production", "deprecated", "retired"];
    fc.assert(
      fc.property(day, day, fc.nat(), fc.nat(), (a, b, first, later) => {
        const [deprecatedAt, sunsetAt] = a <= b ? [a, b] : [b, a];
        const life = deprecated({ since: "2000-01-01", deprecatedAt, sunsetAt });
        assert.deepEqual(lifecycleFaults(life), []);
        const start = Date.parse(deprecatedAt) - first;
        const [before, after] = [start, start + later].map((now) =>
          order.indexOf(lifecycleState(life, now)),
        );
        assert.ok((before ?? 0) <= (after ?? -1));
        assert.equal(lifecycleState(life, Date.parse(sunsetAt)), "retired");
      }),
      { numRuns: 200 },
    );
  });
});
