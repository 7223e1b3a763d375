/** What is forced past the compiler does not start, and everything wrong is named at once. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  anonymous,
  authenticated,
  column,
  defineResource,
  owner,
  shapeOf,
} from "sekisho/authorization";
import { noContent } from "sekisho/contract";
import { defineFlow } from "sekisho/flow";
import {
  ApiFaults,
  createApi,
  defineEndpoint,
  unaudited,
  type ApiOptions,
  type ApiPlugin,
  type Endpoint,
} from "sekisho/http";
import { deprecated, production } from "sekisho/inventory";
import { defineWebhook, standardWebhooks } from "sekisho/webhook";
import { z } from "zod";

const life = production({ since: "2026-11-01" });
const Order = defineResource("order", {
  table: "orders",
  owner: column("user_id"),
  row: shapeOf<{ readonly id: string }>(),
});
const OrderFlow = defineFlow({
  name: "order",
  table: "orders",
  stateColumn: "status",
  states: ["draft", "executed"],
  initial: "draft",
  final: ["executed"],
  steps: { execute: { from: ["draft"], to: "executed" } },
  events: { table: "order_events", streamColumn: "order_id" },
});
const Payment = defineWebhook("payment", {
  schemes: [standardWebhooks({ secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] })],
  event: z.strictObject({ type: z.literal("payment.succeeded") }),
  maximumBytes: 1024,
});

/** A sound endpoint, changed past the compiler. */
function endpoint(changes: Readonly<Record<string, unknown>> = {}): Endpoint {
  const sound = {
    method: "POST",
    path: "/things/:thing_id",
    summary: "Does something",
    team: "tests",
    lifecycle: life,
    access: authenticated(),
    audit: unaudited("tests"),
    body: z.strictObject({ name: z.string().max(20) }),
    output: { 200: z.strictObject({ name: z.string().max(20) }) },
    handle: () => Promise.reject(new Error("never called")),
  };
  return defineEndpoint({ ...sound, ...changes } as never);
}

async function faultsOf(
  endpoints: readonly Endpoint[],
  options: Partial<ApiOptions> = {},
): Promise<readonly string[]> {
  try {
    const api = await createApi({ title: "Test", version: "1.0.0", endpoints, ...options });
    await api.close();
    return [];
  } catch (error) {
    if (!(error instanceof ApiFaults)) throw error;
    return error.faults;
  }
}

const object = (shape: z.ZodRawShape) => ({ 200: z.strictObject(shape) });
const name = "POST /things/:thing_id: ";
type Fields = Readonly<Record<string, unknown>>;
/** A fault, and a sound neighbour of it that starts. */
type Row = readonly [what: string, fault: Fields, told: string, control: Fields];
const rows: readonly Row[] = [
  ["no access rule", { access: undefined }, "has no access rule", {}],
  [
    "access that is no rule",
    { access: { kind: "everybody" } },
    "what it gives as access is no rule",
    {},
  ],
  [
    "a blank reason for anonymous",
    { access: { kind: "anonymous", reason: "  " } },
    "anonymous access gives no reason",
    { access: anonymous("tests") },
  ],
  [
    "no reason for anonymous",
    { access: { kind: "anonymous" } },
    "anonymous access gives no reason",
    {},
  ],
  [
    "anonymous beside another rule",
    { access: { kind: "any-of", rules: [anonymous("tests"), authenticated()] } },
    "anonymous access cannot be combined",
    {},
  ],
  ["no team", { team: undefined }, "has no team", {}],
  ["a blank team", { team: " " }, "has no team", { team: "t" }],
  ["no summary", { summary: "" }, "has no summary", {}],
  ["no lifecycle", { lifecycle: undefined }, "has no lifecycle", {}],
  [
    "a sunset before the deprecation",
    {
      lifecycle: deprecated({
        since: "2026-01-01",
        deprecatedAt: "2026-06-02",
        sunsetAt: "2026-06-01",
      }),
    },
    "sunsetAt 2026-06-01 is before deprecatedAt 2026-06-02 (RFC 9745 section 4)",
    {
      lifecycle: deprecated({
        since: "2026-01-01",
        deprecatedAt: "2026-06-01",
        sunsetAt: "2026-06-01",
      }),
    },
  ],
  ["no output", { output: undefined }, "has no output", {}],
  ["an empty output", { output: {} }, "has no output", { output: { 204: noContent } }],
  ["a status without a schema", { output: { 200: undefined } }, "status 200 has no schema", {}],
  [
    "a status with something else",
    { output: { 200: { type: "object" } } },
    "output 200: no schema was looked at",
    {},
  ],
  [
    "a refusal as output",
    { output: { 404: z.strictObject({}) } },
    "output 404 is not a status of success; refusals are problems",
    {},
  ],
  [
    "an answer string without a maximum",
    { output: object({ name: z.string() }) },
    "output 200 #/name: a string without a maximum",
    { output: object({ name: z.string().max(1) }) },
  ],
  [
    "an answer array without a maximum",
    { output: object({ list: z.array(z.boolean()) }) },
    "output 200 #/list: an array without a maximum",
    { output: object({ list: z.array(z.boolean()).max(3) }) },
  ],
  [
    "an open answer",
    { output: { 200: z.looseObject({}) } },
    "output 200 #: an open object",
    { output: { 200: z.strictObject({}) } },
  ],
  [
    "a body string without a maximum",
    { body: z.strictObject({ name: z.string() }) },
    "body #/name: a string without a maximum",
    {},
  ],
  [
    "a body array without a maximum",
    { body: z.strictObject({ list: z.array(z.boolean()) }) },
    "body #/list: an array without a maximum",
    { body: z.strictObject({ list: z.array(z.boolean()).max(3) }) },
  ],
  [
    "an open body",
    { body: z.looseObject({}) },
    "body #: an open object",
    { body: z.strictObject({}) },
  ],
  [
    "a query string without a maximum",
    { query: z.strictObject({ q: z.string() }) },
    "query #/q: a string without a maximum",
    { query: z.strictObject({ q: z.string().max(128) }) },
  ],
  [
    "a quota nobody understands",
    { quota: "10 per minute" },
    'quota "10 per minute" is not understood at "10 per minute"; write "30/minute" or "10/15 minutes", windows apart by ";"',
    { quota: "10/minute" },
  ],
  [
    "a quota of nothing",
    { quota: { limit: "0/minute" } },
    'quota "0/minute" is not understood at "0/minute"; write "30/minute" or "10/15 minutes", windows apart by ";"',
    { quota: { limit: "1/minute" } },
  ],
  [
    "a limit that is none",
    { limits: { bodyBytes: 0 } },
    "a limit is not a positive whole number",
    { limits: { bodyBytes: 1 } },
  ],
  [
    "a parameter that is not in the path",
    { access: owner(Order, "order_id") },
    "the access rule names :order_id, which is not in the path",
    { access: owner(Order, "thing_id") },
  ],
  [
    "a parent that is not in the path",
    { access: owner(Order, "thing_id", { within: { shop_id: "shop_id" } }) },
    "the access rule names :shop_id, which is not in the path",
    { access: owner(Order, "thing_id", { within: { shop_id: "thing_id" } }) },
  ],
  [
    "a step without an owner",
    { step: OrderFlow.step("execute") },
    "a flow step needs an owner rule, which finds what it is taken on",
    { step: OrderFlow.step("execute"), access: owner(Order, "thing_id") },
  ],
  [
    "a webhook without acknowledge",
    { access: { kind: "webhook", webhook: Payment }, body: undefined },
    "a webhook endpoint needs acknowledge",
    {
      access: { kind: "webhook", webhook: Payment },
      body: undefined,
      acknowledge: () => undefined,
    },
  ],
  [
    "a webhook with another body",
    { access: { kind: "webhook", webhook: Payment }, acknowledge: () => undefined },
    "the body of a webhook is its event; it declares no other",
    {},
  ],
  [
    "a change without audit",
    { audit: undefined },
    "changes something and says nothing about the audit trail",
    { method: "GET", body: undefined, audit: undefined },
  ],
  [
    "idempotency for nobody",
    { access: anonymous("tests"), idempotent: true },
    "idempotency and flow quotas need a principal",
    { idempotent: true },
  ],
  ["no handler", { handle: undefined }, "has no handler", {}],
];

describe("a fault that was forced past the compiler stops the start", () => {
  for (const [what, fault, told, control] of rows)
    it(what, async () => {
      assert.deepEqual(await faultsOf([endpoint(fault)]), [name + told]);
      assert.deepEqual(await faultsOf([endpoint(control)]), [], "the control");
    });

  it("a method that endpoints do not have", async () => {
    assert.deepEqual(await faultsOf([endpoint({ method: "TRACE" })]), [
      "TRACE /things/:thing_id: TRACE is not a method it can have",
    ]);
  });

  it("a body on GET", async () => {
    assert.deepEqual(await faultsOf([endpoint({ method: "GET" })]), [
      "GET /things/:thing_id: a GET takes no body",
    ]);
  });

  it("malformed paths; their sound neighbours start", async () => {
    for (const path of [
      "things",
      "",
      "/things/",
      "//things",
      "/things/*",
      "/things/:id(\\d+)",
      "/a b",
      "/:Id",
      "/:a-:b",
    ])
      assert.deepEqual(await faultsOf([endpoint({ path })]), [
        `POST ${path}: the path is malformed`,
      ]);
    assert.deepEqual(await faultsOf([endpoint({ path: undefined })]), [
      "POST (no path): the path is malformed",
    ]);
    assert.deepEqual(await faultsOf([endpoint({ path: "/a/:id/b/:id" })]), [
      "POST /a/:id/b/:id: the path names a parameter twice",
    ]);
    for (const path of ["/", "/things", "/a/:id/b/:other", "/.well-known/jwks.json"])
      assert.deepEqual(await faultsOf([endpoint({ path })]), []);
  });

  it("no endpoint at all", async () => {
    assert.deepEqual(await faultsOf([]), ["no endpoint is declared"]);
  });

  it("what is no declaration", async () => {
    assert.deepEqual(await faultsOf([endpoint(), undefined as never]), [
      "endpoint 1 is no declaration",
    ]);
  });

  it("a bare object is judged like a declaration, and completed like one", async () => {
    const { limits: _limits, quota: _quota, ...bare } = endpoint();
    assert.deepEqual(await faultsOf([bare as never]), []);
    assert.deepEqual(await faultsOf([{ ...bare, team: "" } as never]), [`${name}has no team`]);
  });
});

describe("two endpoints in one place stop the start", () => {
  const at = (path: string, method = "POST"): Endpoint =>
    endpoint({ path, method, body: undefined });

  it("the same method and path", async () => {
    assert.deepEqual(await faultsOf([at("/a"), at("/a")]), ["POST /a: is declared twice"]);
    assert.deepEqual(await faultsOf([at("/a"), at("/a", "PUT"), at("/b")]), []);
  });

  it("paths that differ in the names of parameters alone", async () => {
    assert.deepEqual(await faultsOf([at("/a/:id"), at("/a/:other")]), [
      "POST /a/:other: is declared twice",
    ]);
    assert.deepEqual(await faultsOf([at("/a/:id"), at("/a/me")]), []);
  });

  it("different paths of one operation id", async () => {
    assert.deepEqual(await faultsOf([at("/a/id"), at("/a/:id")]), [
      "POST /a/:id: has the operation id post-a-id of another endpoint",
    ]);
  });
});

describe("everything is named in one report", () => {
  const stranger: ApiPlugin = (instance, _options, done) => {
    instance.get("/stranger", () => "hello");
    done();
  };

  it("all faults of one endpoint, of all endpoints, and of plugins", async () => {
    const endpoints = [
      endpoint({ team: "", summary: "", quota: "often", output: object({ a: z.string() }) }),
      endpoint(),
      endpoint({ path: "/other", access: undefined, lifecycle: undefined }),
    ];
    const faults = await faultsOf(endpoints, { plugins: [stranger] });
    const told = [
      "has no summary",
      "has no team",
      "output 200 #/a: a string without a maximum",
      "often",
      "is declared twice",
      "POST /other: has no access rule",
      "POST /other: has no lifecycle",
      "GET /stranger: a plugin added it, undeclared",
    ];
    for (const text of told)
      assert.equal(faults.filter((fault) => fault.includes(text)).length, 1, text);
    assert.equal(faults.length, told.length);
  });

  it("the message of the error holds every fault", async () => {
    const starting = createApi({
      title: "Test",
      version: "1.0.0",
      endpoints: [endpoint({ team: "", summary: "" })],
    });
    await assert.rejects(starting, {
      name: "ApiFaults",
      message: `the API does not start, 2 fault(s):\n  - ${name}has no summary\n  - ${name}has no team`,
    });
  });
});

describe("what a plugin adds past the declarations stops the start", () => {
  type Instance = Parameters<ApiPlugin>[0];
  /** A plugin whose additions are not kept to itself. */
  function open(work: (instance: Instance) => void): ApiPlugin {
    const plugin: ApiPlugin = (instance, _options, done) => {
      work(instance);
      done();
    };
    return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
  }
  function closed(work: (instance: Instance) => void): ApiPlugin {
    return (instance, _options, done) => {
      work(instance);
      done();
    };
  }
  const undeclared = ["GET /stranger: a plugin added it, undeclared"];

  it("a plugin that adds no route is fine", async () => {
    const plugin = closed((instance) => {
      instance.addHook("onRequest", (_request, _reply, next) => next());
      instance.decorate("something", 1);
    });
    assert.deepEqual(await faultsOf([endpoint()], { plugins: [plugin] }), []);
  });

  const ways: readonly (readonly [string, ApiPlugin, readonly string[]])[] = [
    ["a route", open((instance) => instance.get("/stranger", () => "x")), undeclared],
    [
      "a route in an encapsulated plugin",
      closed((instance) => instance.get("/stranger", () => "x")),
      undeclared,
    ],
    [
      "a route in a plugin within a plugin, under a prefix",
      closed((outer) => {
        void outer.register(
          closed((inner) => inner.get("/stranger", () => "x")),
          { prefix: "/deep" },
        );
      }),
      ["GET /deep/stranger: a plugin added it, undeclared"],
    ],
    [
      "a route that appears while a declared one is added",
      open((instance) => {
        instance.addHook("onRoute", (route) => {
          if (route.url === "/things/:thing_id") instance.get("/stranger", () => "x");
        });
      }),
      undeclared,
    ],
    [
      "a route that is added when everything is ready, against the complaint of the framework",
      open((instance) => {
        instance.addHook("onReady", (done) => {
          try {
            instance.get("/stranger", () => "x");
          } catch {
            // The framework complains, but the route is there.
          }
          done();
        });
      }),
      undeclared,
    ],
    [
      "the handler of a declared route under another path",
      open((instance) => {
        let copied = false;
        instance.addHook("onRoute", (route) => {
          if (copied) return;
          copied = true;
          instance.route({ method: "GET", url: "/stranger", handler: route.handler });
        });
      }),
      undeclared,
    ],
    [
      "another handler under a declared path",
      open((instance) => {
        instance.addHook("onRoute", (route) => {
          delete route.onRequest;
          route.handler = () => "x";
        });
      }),
      ["POST /things/:thing_id: a plugin changed the route"],
    ],
    [
      "a declared route that it moves elsewhere",
      open((instance) => {
        instance.addHook("onRoute", (route) => {
          route.url = "/stranger";
        });
      }),
      ["POST /things/:thing_id: a plugin changed the route"],
    ],
    [
      "a route where a declared one stands",
      open((instance) => instance.post("/things/:thing_id", () => "x")),
      ["POST /things/:thing_id: a plugin added it, undeclared"],
    ],
    [
      "a HEAD route beside a declared one",
      closed((instance) => instance.head("/things/:thing_id", () => "")),
      ["HEAD /things/:thing_id: a plugin added it, undeclared"],
    ],
    [
      "an answer to what is not found",
      closed((outer) => {
        void outer.register(
          closed((inner) => inner.setNotFoundHandler(() => "x")),
          { prefix: "/deep" },
        );
      }),
      ["* /deep/*: a plugin answers what was not found there, undeclared"],
    ],
  ];
  for (const [what, plugin, told] of ways)
    it(what, async () => {
      assert.deepEqual(await faultsOf([endpoint()], { plugins: [plugin] }), told);
    });
});

describe("endpoints that share an allowance", () => {
  const shared = { limit: "30/minute", sharedAs: "things" };
  const other = (quota: unknown): Endpoint => endpoint({ path: "/others/:thing_id", quota });

  it("start when they count alike", async () => {
    assert.deepEqual(await faultsOf([endpoint({ quota: shared }), other(shared)]), []);
  });

  it("do not start with two limits, two ways to count, or the name of an operation", async () => {
    const told =
      "POST /others/:thing_id: shares things with POST /things/:thing_id, which counts otherwise";
    for (const quota of [
      { ...shared, limit: "31/minute" },
      { ...shared, key: "client-address" },
    ])
      assert.deepEqual(await faultsOf([endpoint({ quota: shared }), other(quota)]), [told]);
    const all = await faultsOf([
      endpoint({ quota: shared }),
      other({ ...shared, limit: "31/minute" }),
      endpoint({ path: "/third", access: undefined }),
    ]);
    assert.ok(all.includes(told) && all.some((one) => one.includes("has no access rule")), "both");
    const operation = { ...shared, sharedAs: "post-others-thing_id" };
    assert.deepEqual(await faultsOf([endpoint({ quota: operation }), other("5/minute")]), [
      "POST /things/:thing_id: shares its quota under post-others-thing_id, the name of an operation",
    ]);
  });
});
