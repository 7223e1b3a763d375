import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { findDocument, parseDocumentText } from "../src/document/find-document.ts";
import { readDocument } from "../src/document/read-document.ts";
import type { Resource } from "../src/document/operation.ts";

/** Resources of a document that has only these operations. */
function resourcesOf(...keys: readonly string[]): readonly Resource[] {
  const paths: Record<string, Record<string, object>> = {};
  for (const key of keys) {
    const [method = "", path = ""] = key.split(" ");
    (paths[path] ??= {})[method.toLowerCase()] = {};
  }
  return readDocument({ openapi: "3.0.0", paths }).resources;
}

/** A resource on one line: name, parameter, create, list, read. */
function line({ name, parameter, create, list, read }: Resource): string {
  return [name, parameter, create?.key, list?.key, read?.key].map((part) => part ?? "-").join(", ");
}

describe("a resource", () => {
  it("is found with collection, item and what is below", () => {
    const [order] = resourcesOf(
      "GET /orders",
      "POST /orders",
      "GET /orders/{id}",
      "PUT /orders/{id}",
      "DELETE /orders/{id}",
      "POST /orders/{id}/pay",
    );
    assert.ok(order);
    assert.equal(line(order), "order, id, POST /orders, GET /orders, GET /orders/{id}");
    assert.equal(order.changes.length, 1);
    assert.equal(order.remove?.key, "DELETE /orders/{id}");
    assert.deepEqual(
      order.below.map(({ key }) => key),
      ["POST /orders/{id}/pay"],
    );
  });

  it("is one for two names of the same parameter", () => {
    const found = resourcesOf("GET /users/{user_id}/x", "GET /users/{id}");
    assert.deepEqual(found.map(line), ["user, id, -, -, GET /users/{id}"]);
  });

  it("may have parents", () => {
    const found = resourcesOf("GET /farmers/{id}/sheep/{sheepId}", "GET /farmers/{id}/sheep");
    assert.deepEqual(found.map(line), [
      "farmer, id, -, -, -",
      "sheep, sheepId, -, GET /farmers/{id}/sheep, GET /farmers/{id}/sheep/{sheepId}",
    ]);
  });

  it("is recognised in other shapes", () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [
        ["POST /user/create", "GET /user/view/{id}", "DELETE /user/delete/{id}", "GET /user/all"],
        "user, id, POST /user/create, GET /user/all, GET /user/view/{id}",
      ],
      [
        ["POST /order", "GET /orders", "GET /orders/{order}"],
        "order, order, POST /order, GET /orders, GET /orders/{order}",
      ],
      [
        ["GET /users/v1/{username}", "GET /users/v1"],
        "user, username, -, GET /users/v1, GET /users/v1/{username}",
      ],
      [["GET /{book_id}"], "book, book_id, -, -, GET /{book_id}"],
      [["GET /people/{id}"], "person, id, -, -, GET /people/{id}"],
      [["GET /addresses/{id}"], "address, id, -, -, GET /addresses/{id}"],
    ];
    for (const [keys, expected] of cases) {
      const [found] = resourcesOf(...keys);
      assert.ok(found, expected);
      assert.equal(line(found), expected);
    }
  });

  it("keeps all its operations when verbs stand before the id", () => {
    const [user] = resourcesOf(
      "GET /user/view/{id}",
      "POST /user/update/{id}",
      "DELETE /user/delete/{id}",
    );
    assert.equal(user?.changes[0]?.key, "POST /user/update/{id}");
    assert.equal(user?.remove?.key, "DELETE /user/delete/{id}");
  });

  it("is none for a version or a language in front", () => {
    assert.deepEqual(resourcesOf("GET /{version}/health", "GET /{lang}/docs"), []);
  });
});

describe("a quota", () => {
  const quotaOf = (extension: object) =>
    readDocument({ openapi: "3.0.0", paths: { "/a": { get: extension } } }).operations[0]?.quota;

  it("is read in every form", () => {
    const forms: readonly (readonly [object, number, number])[] = [
      [{ "x-rate-limit": "100/hour" }, 100, 3600],
      [{ "x-rate-limit": { count: 5, window: "10s" } }, 5, 10],
      [{ "x-rate-limit": { limit: 5, window: 60 } }, 5, 60],
      [{ "x-rate-limit": "10 requests per 5 minutes" }, 10, 300],
      [{ "x-rate-limit": 7 }, 7, 60],
      [{ "x-quota": { limit: "3/day" } }, 3, 86_400],
    ];
    for (const [extension, limit, seconds] of forms)
      assert.deepEqual(
        quotaOf(extension)?.windows,
        [{ limit, seconds }],
        JSON.stringify(extension),
      );
  });

  it("is none when nothing or nonsense is declared", () => {
    assert.equal(quotaOf({}), undefined);
    assert.equal(quotaOf({ "x-rate-limit": "plenty" }), undefined);
    assert.equal(quotaOf({ "x-rate-limit": { count: 0 } }), undefined);
  });
});

describe("the search for a document", () => {
  const text = JSON.stringify({ openapi: "3.0.0", info: {}, paths: {} });

  it("finds it at a usual place", async () => {
    const found = await findDocument("http://127.0.0.1:1/", async (url) =>
      Promise.resolve({ status: url.endsWith("/v3/api-docs") ? 200 : 404, text }),
    );
    assert.equal(found?.url, "http://127.0.0.1:1/v3/api-docs");
  });

  it("finds what a documentation page names, on the same host only", async () => {
    const asked: string[] = [];
    const page = `<script>ui({url: "https://elsewhere.test/openapi.json"}); ui({url: "./hidden/swagger-7.json"})</script>`;
    const found = await findDocument("http://127.0.0.1:1", async (url) => {
      asked.push(url);
      if (url.endsWith("/docs")) return Promise.resolve({ status: 200, text: page });
      return Promise.resolve(url.endsWith("swagger-7.json") ? { status: 200, text } : undefined);
    });
    assert.equal(found?.url, "http://127.0.0.1:1/hidden/swagger-7.json");
    assert.ok(asked.every((url) => url.startsWith("http://127.0.0.1:1/")));
  });

  it("is not fooled by pages that answer 200 to everything", async () => {
    for (const answer of ["<html></html>", "ok", '{"status":"ok"}', "- a\n- b"])
      assert.equal(
        await findDocument("http://x.test", async () =>
          Promise.resolve({ status: 200, text: answer }),
        ),
        undefined,
      );
  });
});

describe("the text of a document", () => {
  it("is JSON or YAML", () => {
    assert.deepEqual(parseDocumentText('\uFEFF{"a": 1}'), { a: 1 });
    assert.deepEqual(parseDocumentText("a: 1\nb: [x]"), { a: 1, b: ["x"] });
    assert.deepEqual(parseDocumentText("{a: 1}"), { a: 1 });
  });

  it("may not grow without limit by aliases", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (const [name, before] of ["ba", "cb", "dc", "ed", "fe"].map((pair) => pair.split("")))
      lines.push(
        `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`,
      );
    assert.throws(() => parseDocumentText(lines.join("\n")), /alias/i);
    assert.deepEqual(parseDocumentText("a: &a [1]\nb: *a"), { a: [1], b: [1] });
  });
});
