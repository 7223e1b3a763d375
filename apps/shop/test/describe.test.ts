/** What the documentation page says about an operation. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import {
  accessSentence,
  curlOf,
  limitsOf,
  lifecycleSentence,
  quotaSentence,
  rowsOf,
  sampleOf,
  shellWord,
  type Document,
  type Entry,
  type Schema,
} from "../pages/describe.js";

const api: Document = {
  info: { title: "Shop", version: "1" },
  tags: [],
  paths: {},
  components: {
    schemas: { Colour: { type: "string", enum: ["red", "blue"] } },
    responses: {},
  },
};

const order: Schema = {
  type: "object",
  properties: {
    items: {
      type: "array",
      minItems: 1,
      maxItems: 20,
      items: {
        type: "object",
        properties: { id: { type: "string", format: "uuid", pattern: "^x$" } },
        required: ["id"],
      },
    },
    colour: { $ref: "#/components/schemas/Colour" },
    note: { anyOf: [{ type: "string", maxLength: 9 }, { type: "null" }] },
  },
  required: ["items", "colour"],
};

function entryOf(method: string, path: string, security: string[], body?: Schema): Entry {
  return {
    method,
    path,
    operation: {
      operationId: "x",
      summary: "x",
      tags: [],
      security: security.map((name) => ({ [name]: [] })),
      ...(body === undefined
        ? {}
        : { requestBody: { content: { "application/json": { schema: body } } } }),
      responses: {},
      "x-sekisho": {
        access: "anonymous",
        team: "x",
        quota: { limit: "1/second", key: "principal" },
        lifecycle: { stage: "production" },
      },
    },
  };
}

describe("the words for an operation", () => {
  it("say who may call, and leave a rule they do not know as it is", () => {
    assert.equal(accessSentence("role(admin)"), "those with the role admin");
    assert.equal(
      accessSentence("step-up(authenticated, 600s)"),
      "whoever is signed in, who signed in at most 600 seconds ago",
    );
    const both = "any-of(role(admin), owner(order, order_id))";
    assert.equal(accessSentence(both), both);
  });

  it("say how often and how long", () => {
    assert.equal(
      quotaSentence({ limit: "30/minute;5/second", key: "client-address" }),
      "30 a minute and 5 a second, for each client address",
    );
    assert.equal(lifecycleSentence({ stage: "production" }), "production");
    assert.equal(
      lifecycleSentence({ stage: "deprecated", sunsetAt: "2027-06-30", successor: "/new" }),
      "deprecated; answers 410 from 2027-06-30 on; use /new instead",
    );
  });

  it("list every property, also inside lists and references", () => {
    assert.deepEqual(rowsOf(api, order), [
      { name: "items", type: "array", required: true, limits: "1 to 20 items" },
      { name: "items[].id", type: "string (uuid)", required: true, limits: "" },
      { name: "colour", type: "string", required: true, limits: '"red", "blue"' },
      { name: "note", type: "string or null", required: false, limits: "at most 9 characters" },
    ]);
  });

  it("name each limit, and a pattern only where no format says it", () => {
    assert.equal(limitsOf({ type: "integer", minimum: 0 }), "at least 0");
    assert.equal(limitsOf({ minLength: 3, maxLength: 3 }), "exactly 3 characters");
    assert.equal(limitsOf({ pattern: "^a$" }), "like ^a$");
    assert.equal(limitsOf({ pattern: "^a$", format: "email" }), "");
    assert.equal(limitsOf({ "x-readable-by": ["admin"] }), "only admin may read it");
    assert.equal(limitsOf({ default: 20, description: "Clamped." }), "20 unless given. Clamped.");
  });
});

describe("the example of an operation", () => {
  it("has a value for each required property", () => {
    assert.deepEqual(sampleOf(api, order), {
      items: [{ id: "019ab3c4-5d6e-7f80-9123-456789abcdef" }],
      colour: "red",
    });
  });

  it("is a command with the token and the ids as variables", () => {
    assert.equal(
      curlOf(api, entryOf("GET", "/api/orders/{order_id}", ["bearer"]), "http://shop"),
      'curl "http://shop/api/orders/$ORDER_ID" \\\n  -H "authorization: Bearer $TOKEN"',
    );
    const post = curlOf(api, entryOf("POST", "/a", [], { type: "object" }), "http://shop");
    assert.match(post, /^curl -X POST "http:\/\/shop\/a" \\\n {2}-H 'content-type/);
  });

  it("quotes so that a shell takes nothing for a command", () => {
    for (const text of ["it's", '$(id) `id` $HOME "!\\', "a\nb"])
      assert.equal(execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`]).toString(), text);
  });
});
