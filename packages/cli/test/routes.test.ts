import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createStage } from "./stage.ts";

const shopDocument = readFileSync(
  new URL("../../../apps/shop/openapi.json", import.meta.url),
  "utf8",
);

const documentOf = (operation: object, rest: object = {}): string =>
  JSON.stringify({ openapi: "3.1.0", paths: { "/a": { get: operation } }, ...rest });

const lineOf = (text: string, start: string): readonly string[] =>
  (text.split("\n").find((line) => line.startsWith(start)) ?? "").split(/ {2,}/);

describe("the routes of a document", () => {
  it("are a table with a row for each operation", async () => {
    const stage = createStage({ files: { "openapi.json": shopDocument } });
    assert.equal(await stage.run("routes", "openapi.json"), 0, stage.stderr());
    const text = stage.stdout();
    assert.deepEqual(lineOf(text, "METHOD"), [
      "METHOD",
      "PATH",
      "ACCESS",
      "QUOTA",
      "LIFECYCLE",
      "TEAM",
    ]);
    assert.deepEqual(lineOf(text, "GET     /api/orders/{order_id} "), [
      "GET",
      "/api/orders/{order_id}",
      "owner(order, order_id)",
      "200/minute",
      "production",
      "commerce",
    ]);
    const { paths } = JSON.parse(shopDocument) as {
      readonly paths: Readonly<Record<string, object>>;
    };
    const operations = Object.values(paths).flatMap((item) => Object.keys(item)).length;
    assert.match(text, new RegExp(`^${operations} endpoints$`, "m"));
  });

  it("are the same rows as JSON, in the order of the inventory", async () => {
    const stage = createStage({ files: { "openapi.json": shopDocument } });
    assert.equal(await stage.run("routes", "openapi.json", "--json"), 0);
    const rows = JSON.parse(stage.stdout()) as readonly Readonly<Record<string, string>>[];
    assert.deepEqual(rows[0], {
      method: "GET",
      path: "/",
      access: "anonymous",
      quota: "600/minute",
      lifecycle: "production",
      team: "platform",
    });
    const keys = rows.map(({ path, method }) => `${path} ${method}`);
    assert.deepEqual(keys, keys.toSorted());
  });

  it("come from the usual place unless another is named", async () => {
    const pages = { "http://127.0.0.1:8080/openapi.json": documentOf({}) };
    for (const words of [[], ["http://127.0.0.1:8080"], ["http://127.0.0.1:8080/openapi.json"]]) {
      const stage = createStage({ pages });
      assert.equal(await stage.run("routes", ...words), 0, stage.stderr());
      assert.match(stage.stdout(), /1 endpoint\n/);
    }
    const elsewhere = createStage({ pages });
    assert.equal(await elsewhere.run("routes", "http://127.0.0.1:8081"), 2);
    assert.match(elsewhere.stderr(), /8081\/openapi\.json cannot be read/);
  });

  it("say what security says where nothing is declared, and that nothing is", async () => {
    const accessOf = async (document: string): Promise<string | undefined> => {
      const stage = createStage({ files: { "a.json": document } });
      assert.equal(await stage.run("routes", "a.json"), 0, stage.stderr());
      assert.match(stage.stdout(), /declares nothing under x-sekisho/);
      return lineOf(stage.stdout(), "GET")[2];
    };
    assert.equal(await accessOf(documentOf({})), "-");
    assert.equal(await accessOf(documentOf({ security: [] })), "anonymous");
    assert.equal(await accessOf(documentOf({ security: [{ bearer: [] }] })), "bearer");
    assert.equal(
      await accessOf(documentOf({ security: [{ a: [], b: [] }, {}] })),
      "a and b or anonymous",
    );
    assert.equal(await accessOf(documentOf({}, { security: [{ key: [] }] })), "key");
    assert.equal(
      await accessOf(documentOf({ security: [] }, { security: [{ key: [] }] })),
      "anonymous",
    );
  });

  it("know the day: an end that has come is an end", async () => {
    const lifecycle = { stage: "deprecated", deprecatedAt: "2026-01-01", sunsetAt: "2027-01-01" };
    const files = { "a.json": documentOf({ "x-sekisho": { access: "anonymous", lifecycle } }) };
    for (const [day, state] of [
      ["2025-12-31", "production"],
      ["2026-06-01", "deprecated"],
      ["2027-01-01", "retired"],
    ] as const) {
      const stage = createStage({ files, now: Date.parse(day) });
      assert.equal(await stage.run("routes", "a.json", "--json"), 0);
      const [row] = JSON.parse(stage.stdout()) as readonly { readonly lifecycle: string }[];
      assert.equal(row?.lifecycle, state, day);
    }
  });

  it("may be YAML", async () => {
    const stage = createStage({ files: { "a.yaml": "paths:\n  /a:\n    get: {}\n" } });
    assert.equal(await stage.run("routes", "a.yaml"), 0, stage.stderr());
  });

  it("cannot command the terminal", async () => {
    const access = "owner\u001b[2J\u202e of\nall";
    const stage = createStage({ files: { "a.json": documentOf({ "x-sekisho": { access } }) } });
    assert.equal(await stage.run("routes", "a.json"), 0);
    assert.equal(lineOf(stage.stdout(), "GET")[2], "owner\ufffd[2J\ufffd of all");
  });

  for (const [name, text, says] of [
    ["is neither JSON nor YAML", "{", /a\.json is neither JSON nor YAML/],
    ["has no paths", "{}", /a\.json is no OpenAPI document: it has no paths/],
    ["is a page", "<html><p>hello</p></html>", /a\.json is no OpenAPI document/],
  ] as const)
    it(`are refused when it ${name}`, async () => {
      const stage = createStage({ files: { "a.json": text } });
      assert.equal(await stage.run("routes", "a.json"), 2);
      assert.match(stage.stderr(), says);
    });
});

describe("the escape hatches", () => {
  const api = {
    endpoints: [
      { method: "POST", path: "/b/:id", unsafe: ["asSystem: it makes the account"] },
      { method: "GET", path: "/a", unsafe: [] },
    ],
    inventory: () => [
      {
        method: "POST",
        path: "/b/:id",
        access: "x",
        quota: "1/second",
        lifecycle: "production",
        team: "t",
      },
      {
        method: "GET",
        path: "/a",
        access: "y",
        quota: "1/second",
        lifecycle: "production",
        team: "t",
      },
    ],
  };

  it("are not asked of a document, which strangers can read", async () => {
    const stage = createStage({ files: { "openapi.json": shopDocument } });
    assert.equal(await stage.run("routes", "openapi.json", "--unsafe"), 2);
    assert.match(stage.stderr(), /--unsafe --module FILE/);
  });

  it("are told by the module of an API and of its ways out", async () => {
    let closed = 0;
    const described = {
      api,
      egress: [{ unsafe: ["https://api.partner.com"] }, { unsafe: [] }],
      close: async () => void closed++,
    };
    const stage = createStage({ modules: { "api.ts": { describe: async () => described } } });
    assert.equal(await stage.run("routes", "--module", "api.ts", "--unsafe"), 0, stage.stderr());
    assert.deepEqual(lineOf(stage.stdout(), "POST"), [
      "POST /b/{id}",
      "asSystem: it makes the account",
    ]);
    assert.deepEqual(lineOf(stage.stdout(), "egress"), [
      "egress",
      "unsafeDestinations: https://api.partner.com",
    ]);
    assert.match(stage.stdout(), /^2 escape hatches$/m);
    assert.equal(closed, 1);
  });

  it("are none where there are none", async () => {
    const modules = { "api.ts": { api: { ...api, endpoints: [] } } };
    const stage = createStage({ modules });
    assert.equal(await stage.run("routes", "--module", "api.ts", "--unsafe"), 0, stage.stderr());
    assert.equal(stage.stdout(), "no escape hatch\n");
    const listed = createStage({ modules });
    assert.equal(await listed.run("routes", "--module", "api.ts"), 0);
    assert.deepEqual(lineOf(listed.stdout(), "POST")[1], "/b/{id}");
  });

  for (const [name, words, module, says] of [
    ["exports none", [], { shop: api }, /exports no describe and no api; it exports shop/],
    ["has no such export", ["--export", "x"], { api }, /exports no x; it exports api/],
    ["exports something else", [], { api: 1 }, /api of api\.ts is no API/],
    [
      "fails",
      [],
      {
        describe: () => {
          throw new Error("no database");
        },
      },
      /describe of api\.ts failed: no database/,
    ],
  ] as const)
    it(`are refused when the module ${name}`, async () => {
      const stage = createStage({ modules: { "api.ts": module } });
      assert.equal(await stage.run("routes", "--module", "api.ts", "--unsafe", ...words), 2);
      assert.match(stage.stderr(), says);
    });

  it("are found under the name that is given", async () => {
    const stage = createStage({ modules: { "api.ts": { shop: api } } });
    const words = ["--module", "api.ts", "--export", "shop", "--unsafe", "--json"];
    assert.equal(await stage.run("routes", ...words), 0, stage.stderr());
    assert.deepEqual(JSON.parse(stage.stdout()), [
      { place: "POST /b/{id}", hatch: "asSystem: it makes the account" },
    ]);
  });

  for (const [name, words, says] of [
    ["a module and a document", ["a.json", "--module", "api.ts"], /not both/],
    ["an export of no module", ["a.json", "--export", "api"], /--export names an export of/],
    ["a module that is not there", ["--module", "none.ts"], /none\.ts cannot be imported/],
  ] as const)
    it(`are refused with ${name}`, async () => {
      const stage = createStage({ files: { "a.json": "{}" } });
      assert.equal(await stage.run("routes", ...words), 2);
      assert.match(stage.stderr(), says);
    });
});
