/**
 * API8:2023 Security Misconfiguration: what goes wrong says nothing about the inside (requirements
 * API8.V8, S1, P9; 8.1 no. 7 and 10). Poison is put into every text that the document names.
 */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { problemContract, type AssertProblem } from "../problem-contract.ts";
import { exchange } from "../raw-exchange.ts";
import {
  backend,
  runShop,
  type Answer,
  type Person,
  type RunningShop,
  type Sent,
} from "../running-shop.ts";

/** As JSON writes them, so that halves of characters and NUL arrive as they are. */
const poison: readonly string[] = [
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"a\\udfffb\\ud83d"',
  '"\'; DROP TABLE shop_order; --"',
  '"${jndi:ldap://127.0.0.1:1/a}"',
  '"\\u202e\\u2028\\u0007\\u001b[31m"',
  '"\\ufffe\\uffff\\ufeff"',
];
/** The same for paths, queries and header fields. */
const encoded: readonly string[] = [
  "%00",
  "a%00b",
  "%ff%fe",
  "%c0%80",
  "%ed%a0%80",
  "%",
  "%zz",
  "%E0%80",
  "';DROP%20TABLE%20shop_order;--",
  "%24%7Bjndi:ldap://127.0.0.1:1/a%7D",
  "..%2f..%2fetc%2fpasswd",
  "%0d%0aset-cookie:%20a=b",
  "__proto__",
];

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly body: Record<string, unknown> | undefined;
}

interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
}

/** Paths of the texts of a schema, such as `["data", "order_id"]`. */
function textsOf(schema: SchemaNode, path: readonly string[] = []): readonly (readonly string[])[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((one) => textsOf(one, path));
  if (schema.type === "array") return textsOf(schema.items ?? {}, [...path, "0"]);
  if (schema.properties !== undefined)
    return Object.entries(schema.properties).flatMap(([name, one]) =>
      textsOf(one, [...path, name]),
    );
  return [path];
}

/** A JSON text with the poison at one place and plain texts at the others. */
function bodyWith(
  paths: readonly (readonly string[])[],
  at: readonly string[],
  value: string,
): string {
  const root: Record<string, unknown> = {};
  const mark = "\u0001poison\u0001";
  for (const path of paths) {
    let node = root;
    for (const name of path.slice(0, -1)) node = (node[name] ??= {}) as Record<string, unknown>;
    node[path.at(-1) ?? ""] = path === at ? mark : "plain text";
  }
  const text = JSON.stringify(root, (_key, node: unknown) =>
    typeof node === "object" && node !== null && "0" in node ? [node[0]] : node,
  );
  return text.replace(JSON.stringify(mark), value);
}

describe("API8: errors are constant, whatever is put in", () => {
  let running: RunningShop;
  let assertProblem: AssertProblem;
  let carol: Person;
  const operations: Operation[] = [];

  before(async () => {
    running = await runShop();
    assertProblem = await problemContract(running);
    carol = await running.signIn("carol");
    const document = (await running.send("/openapi.json")).json() as {
      paths: Record<string, Record<string, Record<string, never>>>;
    };
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods)) {
        const { parameters = [], requestBody } = operation as unknown as {
          parameters?: Operation["parameters"];
          requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
        };
        const body = requestBody?.content["application/json"]?.schema;
        operations.push({ method: method.toUpperCase(), path, parameters, body });
      }
  });
  after(() => running.close());

  /** Sends as a patient client does, so that quotas do not hide what is behind them. */
  async function send(path: string, sent: Sent): Promise<Answer> {
    for (;;) {
      const answer = await running.send(path, { token: carol.token, ...sent });
      const wait = Number(answer.headers.get("retry-after") ?? "60");
      if (answer.status !== 429 || wait > 1) return answer;
      await sleep(wait * 1000);
    }
  }

  function judge(answer: Answer, what: string): void {
    assert.ok(answer.status < 500, `${what} ${answer.status} ${answer.text}`);
    if (answer.status < 400) return;
    const contentType = answer.headers.get("content-type") ?? "";
    assertProblem({ status: answer.status, contentType, body: answer.text }, what);
    assert.doesNotMatch(answer.text, /jndi|DROP|passwd|set-cookie/, `${what} comes back`);
  }

  const fill = (path: string, value = "019ab3c4-5d6e-7f80-9123-456789abcdef"): string =>
    path.replaceAll(/\{\w+\}/g, value);

  it("poison in every text of every body", async () => {
    let count = 0;
    for (const { method, path, body } of operations) {
      if (body === undefined || path === "/api/auth/password") continue;
      const texts = textsOf(body);
      for (const at of texts)
        for (const value of poison) {
          const json = bodyWith(texts, at, value);
          const headers = { "content-type": "application/json" };
          judge(await send(fill(path), { method, body: json, headers }), `${path} ${json}`);
          count += 1;
        }
    }
    assert.ok(count >= 100, String(count));
  });

  it("a good request is still served; poison was not stored as something else", async () => {
    const headers = { "content-type": "application/json" };
    const rename = (json: string): Promise<Answer> =>
      send("/api/users/me", { method: "PATCH", body: `{"display_name":${json}}`, headers });
    for (const value of poison) {
      const answer = await rename(value);
      if (answer.status === 200)
        assert.equal(answer.json()["display_name"], String(JSON.parse(value)).trim());
      else assert.ok([400, 422].includes(answer.status), answer.text);
    }
    const good = await rename('"Ærlig 花子 🌸"');
    assert.equal(good.status, 200);
    assert.equal(good.json()["display_name"], "Ærlig 花子 🌸");
  });

  it("poison in every parameter of path and query", async () => {
    const probe = async ({ method, path, parameters }: Operation): Promise<void> => {
      const queries = parameters.filter((one) => one.in === "query").map(({ name }) => name);
      const targets = [
        `${fill(path)}?${encoded[0]}=1`,
        ...(path.includes("{") ? encoded.map((value) => fill(path, value)) : []),
        ...queries.flatMap((name) => encoded.map((value) => `${fill(path)}?${name}=${value}`)),
      ];
      for (const target of targets) judge(await send(target, { method }), target);
    };
    await Promise.all(operations.map(probe));
  });

  it("poison in every header field that anything reads", async () => {
    const names =
      "authorization idempotency-key x-signature webhook-id webhook-timestamp webhook-signature accept accept-encoding content-type content-encoding user-agent x-forwarded-for x-forwarded-host forwarded traceparent if-match origin referer cookie expect x-http-method-override".split(
        " ",
      );
    const values = [
      "\u00ff\u00fe",
      "';--",
      "${jndi:ldap://127.0.0.1:1/a}",
      "%00",
      "\t",
      "a".repeat(8_000),
      "__proto__",
    ];
    const plain = { authorization: `Bearer ${carol.token}`, "content-type": "application/json" };
    for (const path of ["/api/orders", "/api/webhooks/payment"])
      for (const name of names)
        for (const value of values) {
          const fields = Object.entries({ ...plain, [name]: value }).map((pair) => pair.join(": "));
          const head = [
            `POST ${path} HTTP/1.1`,
            "host: shop",
            ...fields,
            "connection: close",
            "content-length: 2",
          ];
          const answer = await exchange(
            running.origin,
            Buffer.from(`${head.join("\r\n")}\r\n\r\n{}`, "latin1"),
          );
          const what = `${path} ${name}: ${value.slice(0, 40)}`;
          assert.ok(answer.status >= 400 && answer.status < 500, `${what} ${answer.status}`);
          const contentType = answer.fields.find(([known]) => known === "content-type")?.[1] ?? "";
          assertProblem({ ...answer, contentType }, what);
        }
  });

  it("bodies that are no JSON in UTF-8", async () => {
    const headers = { "content-type": "application/json" };
    const bodies = [
      Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
      Buffer.from('{"display_name":"\u00ff"}', "latin1"),
      Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
      Buffer.from("\ufeff{}"),
      Buffer.from('{"display_name":"a'),
      Buffer.from('{"display_name":NaN}'),
      Buffer.from('{"display_name":"a","display_name":"b"}'),
      Buffer.from('{"__proto__":{"display_name":"a"}}'),
      Buffer.from(`${"[".repeat(40)}${"]".repeat(40)}`),
      Buffer.alloc(0),
    ];
    for (const body of bodies) {
      const answer = await send("/api/users/me", {
        method: "PATCH",
        body: new Uint8Array(body),
        headers,
      });
      assert.equal(answer.status, 400, JSON.stringify(body.toString("latin1").slice(0, 60)));
      judge(answer, "body");
    }
    const body = '{"display_name":"Carol"}';
    assert.equal((await send("/api/users/me", { method: "PATCH", body, headers })).status, 200);
  });

  it("nothing of all this was an internal error", () => {
    assert.deepEqual(running.internalErrors, []);
  });
});

describe("API8: a broken inside is one constant answer", () => {
  let running: RunningShop;

  before(async () => {
    running = await runShop();
  });
  after(() => running.close());

  it("when the database is gone", async () => {
    const assertProblem = await problemContract(running);
    const alice = await running.signIn("alice");
    const id = await running.order(alice);
    const paths = [
      `/api/orders/${id}`,
      "/api/orders",
      "/api/search?q=tea",
      "/readyz",
      "/api/users/me",
    ];
    for (const path of paths)
      assert.equal((await running.send(path, { token: alice.token })).status, 200, path);
    await running.shop.store.close();
    const answers = await Promise.all(
      paths.map((path) => running.send(path, { token: alice.token })),
    );
    for (const answer of answers) {
      assert.equal(answer.status, 503, answer.text);
      const contentType = answer.headers.get("content-type") ?? "";
      assertProblem({ status: answer.status, contentType, body: answer.text });
      assert.ok(Number(answer.headers.get("retry-after")) >= 1);
    }
    assert.equal((await running.send("/livez")).status, 200);
    assert.deepEqual(running.internalErrors, [], backend);
  });
});
