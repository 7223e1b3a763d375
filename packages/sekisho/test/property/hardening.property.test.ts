import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { cleanText } from "sekisho/audit";
import {
  checkHeader,
  ConfigurationFaults,
  decideCrossOrigin,
  defineCrossOriginPolicy,
  parseDictionary,
  parseItem,
  parseList,
  readConfiguration,
  setting,
} from "sekisho/hardening";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...Array.from("ab1*\"\\();:,=?@%-. é'")), maxLength: 40 }),
);

describe("whatever a header field holds", () => {
  it("ends in a decision, and what is allowed can be sent", () => {
    const names = [
      "ratelimit",
      "permissions-policy",
      "content-security-policy",
      "sunset",
      "x-other",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), text, (name, value) => {
        const { effect } = checkHeader(name, value);
        if (effect === "allow") assert.doesNotThrow(() => new Headers([[name, value]]));
        for (const parse of [parseItem, parseList, parseDictionary]) parse(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("a string comes back from a structured field as it went in", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (value) => {
        const field = `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
        assert.deepEqual(parseItem(field)?.item, { kind: "string", value });
      }),
    );
  });
});

describe("whatever origin asks", () => {
  const origins = ["https://app.example", "https://b.example:8443"];
  const policy = defineCrossOriginPolicy({ origins, methods: ["GET"], credentials: true });
  const near = fc
    .tuple(fc.constantFrom(...origins), fc.nat(30), fc.string({ maxLength: 3 }))
    .map(([origin, at, part]) => origin.slice(0, at) + part + origin.slice(at));

  it("only a listed one is permitted, byte for byte", () => {
    fc.assert(
      fc.property(fc.oneof(near, fc.webUrl(), fc.string()), (origin) => {
        const { effect, headers } = decideCrossOrigin({ origin, method: "GET" }, policy);
        const isListed = origins.includes(origin);
        assert.equal(effect, isListed ? "allow" : "deny");
        assert.equal(
          headers.some(([name]) => name.startsWith("access-control")),
          isListed,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe("whatever the environment holds", () => {
  const schema = {
    A: setting.integer({ minimum: 0, maximum: 9 }),
    B: setting.secret({ minimumLength: 200 }),
    C: setting.url({ protocols: ["https:"] }),
    D: setting.list({ maximumItems: 2 }),
  };

  it("gives a configuration or one error without the secret", () => {
    const value = fc.option(text, { nil: undefined });
    fc.assert(
      fc.property(value, value, value, (a, c, d) => {
        const secret = "canary-canary-canary";
        const environment = { A: a, B: secret, C: c, D: d };
        try {
          readConfiguration(schema, { environment, prefixes: ["E"], readFile: () => "" });
          assert.fail("the secret is too short");
        } catch (error) {
          assert.ok(error instanceof ConfigurationFaults);
          assert.doesNotMatch(inspect(error), /canary/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("whatever is logged", () => {
  it("is bounded, well-formed, on one line, and clean a second time", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 400 }),
        fc.integer({ min: 8, max: 80 }),
        (value, maximum) => {
          const clean = cleanText(value, maximum);
          assert.ok(clean.length <= maximum);
          assert.ok(clean.isWellFormed());
          assert.doesNotMatch(clean, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          assert.equal(cleanText(clean, maximum), clean);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
