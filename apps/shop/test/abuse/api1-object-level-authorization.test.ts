/** API1:2023 Broken Object Level Authorization: requirements API1.V1 to V5, S1, S3; 5.1, 5.2, 8.1. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { AccessRule } from "sekisho/authorization";
import type { Principal } from "sekisho/kernel";
import { holdClock } from "../held-clock.ts";
import { runShop, visible, type Answer, type Person, type RunningShop } from "../running-shop.ts";
import { businessContents, tableNames } from "./database-contents.ts";
import {
  createCalls,
  fillPath,
  malformedIds,
  missingId,
  type Calls,
  type DeclaredEndpoint,
} from "./declared-calls.ts";

const clock = holdClock(Date.now());
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** What an endpoint answers to those who name what is not theirs. */
function refusalOf(access: AccessRule): 403 | 404 | undefined {
  if (access.kind === "self") return 403;
  return access.kind === "owner" || access.kind === "authenticated" ? 404 : undefined;
}

describe("API1: nobody reaches an object of somebody else", () => {
  let running: RunningShop;
  let calls: Calls;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    running = await runShop({ clock });
    calls = createCalls(running, clock);
    [alice, bob, carol] = [
      await running.signIn("alice"),
      await running.signIn("bob"),
      await running.signIn("carol"),
    ];
  });
  after(async () => {
    await running.close();
    assert.deepEqual(running.internalErrors, []);
  });

  const withObjects = (): readonly DeclaredEndpoint[] =>
    calls.endpoints.filter(({ caller, parameters }) => caller === "user" && parameters.length > 0);

  it("every object is there for its owner; for a stranger, an administrator and a guess it is not", async () => {
    const owned = withObjects();
    assert.ok(owned.length >= 7, `only ${owned.length} endpoints name an object`);
    for (const declared of owned) {
      const status = refusalOf(declared.endpoint.access) ?? assert.fail(declared.name);
      const call = await calls.prepare(declared, await calls.again(alice));
      const held = await businessContents(running);
      const guesses = [missingId, ...malformedIds].map((id) =>
        declared.path.replaceAll(/:\w+/g, () => id),
      );
      for (const { token } of [bob, carol]) {
        const answers: unknown[] = [];
        for (const path of [call.path, ...guesses])
          for (const [index, method] of methods.entries()) {
            const isDeclared = method === call.method;
            // What is not declared need not be asked for every guess.
            if (!isDeclared && path !== call.path && path !== guesses[index]) continue;
            const body = isDeclared ? { json: call.json } : {};
            const answer = await calls.send(path, { method, token, ...body });
            if (isDeclared) {
              assert.equal(answer.status, status, `${declared.name} ${path}: ${answer.text}`);
              answers.push(visible(answer));
            } else {
              const isOther = calls.endpoints.some(
                (other) => other.path === declared.path && other.method === method,
              );
              assert.ok(answer.status === 405 || isOther, `${method} ${path}: ${answer.status}`);
            }
          }
        for (const answer of answers) assert.deepEqual(answer, answers[0], declared.name);
      }
      const nobody = await calls.send(call.path, { method: call.method, json: call.json });
      assert.equal(nobody.status, 401);
      assert.deepEqual(await businessContents(running), held, `${declared.name} had an effect`);

      const { path, person: _, ...sent } = call;
      const control = await calls.send(path, sent);
      assert.ok(control.status < 300, `${declared.name}: ${control.status} ${control.text}`);
    }
  });

  it("what a stranger or a guess cannot see is missing before a body or a state is judged", async () => {
    const validated = await calls.order(alice, "validated");
    const path = (id: string): string => `/api/orders/${id}/validate`;
    const ask = (id: string, who: Person): Promise<Answer> =>
      calls.send(path(id), { method: "POST", token: who.token });
    assert.equal((await ask(validated, alice)).status, 409, "its owner learns the state");
    const foreign = await ask(validated, bob);
    assert.equal(foreign.status, 404);
    assert.deepEqual(visible(foreign), visible(await ask(missingId, bob)));
  });

  it("ids and cursors that one person was shown open nothing to another", async () => {
    for (let count = 0; count < 3; count++) await running.order(alice);
    const eve = await calls.person("user");
    const raised = { roles: ["user", "admin"] };
    const change = `/api/admin/users/${eve.id}`;
    await calls.send(change, { method: "PATCH", token: carol.token, json: raised });
    const secondAdmin = await calls.again(eve);

    const lists = calls.endpoints.filter(
      ({ endpoint }) => endpoint.query !== undefined && "cursor" in endpoint.query.shape,
    );
    assert.ok(lists.length >= 5, `only ${lists.length} lists have cursors`);
    const cursors = new Map<DeclaredEndpoint, string>();
    const ids = new Set<string>();
    for (const declared of calls.endpoints) {
      if (declared.method !== "GET" || declared.parameters.length > 0) continue;
      const isList = lists.includes(declared);
      const { token } = declared.caller === "admin" ? carol : alice;
      const answer = await calls.send(`${declared.path}${isList ? "?limit=1" : ""}`, { token });
      assert.equal(answer.status, 200, `${declared.name}: ${answer.text}`);
      for (const id of answer.text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [])
        ids.add(id);
      if (isList) cursors.set(declared, String(answer.json()["next_cursor"]));
    }
    assert.ok(ids.size >= 10, `only ${ids.size} ids were seen`);
    for (const cursor of cursors.values()) assert.match(cursor, /^[\w-]{20,}$/);

    const held = await businessContents(running);
    for (const declared of withObjects())
      for (const id of ids) {
        if (id === bob.id) continue;
        const path = fillPath(declared.path, { order_id: id, session_id: id, user_id: id });
        const answer = await calls.send(path, { method: declared.method, token: bob.token });
        assert.ok([403, 404].includes(answer.status), `${declared.name} ${id}: ${answer.status}`);
      }
    assert.deepEqual(await businessContents(running), held);

    for (const [source, cursor] of cursors)
      for (const declared of lists) {
        const stranger = declared.caller === "admin" ? secondAdmin : bob;
        const owner = declared.caller === "admin" ? carol : alice;
        const ask = ({ token }: Person): Promise<Answer> =>
          calls.send(`${declared.path}?cursor=${cursor}`, { token });
        // The catalogue is nobody's own, and its old address is the same list.
        const isOpen = source.caller === "anonymous" && declared.caller === "anonymous";
        const what = `${source.path} → ${declared.path}`;
        assert.equal((await ask(stranger)).status, isOpen ? 200 : 422, what);
        assert.equal((await ask(owner)).status, isOpen || source === declared ? 200 : 422, what);
      }
  });

  it("a cursor that was written by hand, or changed, leads nowhere", async () => {
    const first = await calls.send("/api/orders?limit=1", { token: alice.token });
    const cursor = String(first.json()["next_cursor"]);
    const raw = Buffer.from(cursor, "base64url");
    const changed = Buffer.from(raw);
    changed[raw.length - 5] = (changed[raw.length - 5] ?? 0) ^ 1;
    for (const other of [
      changed.toString("base64url"),
      Buffer.from(JSON.stringify([missingId])).toString("base64url"),
      raw.subarray(16).toString("base64url"),
      `${cursor}A`,
      missingId,
    ]) {
      const answer = await calls.send(`/api/orders?cursor=${other}`, { token: alice.token });
      assert.equal(answer.status, 422, other);
    }
    const control = await calls.send(`/api/orders?cursor=${cursor}`, { token: alice.token });
    assert.equal(control.status, 200);
  });

  it("the caller is whom the token names, whatever else the request says", async () => {
    const product = await running.product();
    const item = { product_id: product, quantity: 1 };
    const create = (json: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
      calls.send("/api/orders", { token: alice.token, json, headers });
    for (const json of [
      { items: [item], user_id: bob.id },
      { items: [item], owner_id: bob.id },
      { items: [{ ...item, user_id: bob.id }] },
      { items: [{ ...item, product_id: await running.order(bob) }] },
      { items: [{ ...item, product_id: bob.id }] },
      { items: [item, { ...item, product_id: missingId }] },
    ])
      assert.equal((await create(json)).status, 422, JSON.stringify(json));
    const asked = await calls.send(`/api/orders?user_id=${bob.id}`, { token: alice.token });
    assert.equal(asked.status, 422);

    const claims = ["x-user-id", "x-user", "x-forwarded-user", "x-subject", "x-tenant-id"];
    const headers = Object.fromEntries(claims.map((name) => [name, bob.id]));
    const made = await create({ items: [item] }, headers);
    assert.equal(made.status, 201);
    const path = `/api/orders/${String(made.json()["id"])}`;
    assert.equal((await calls.send(path, { token: alice.token })).status, 200);
    assert.equal((await calls.send(path, { token: bob.token, headers })).status, 404);
    const me = await calls.send("/api/users/me", { token: alice.token, headers });
    assert.equal(me.json()["id"], alice.id);
  });

  it("an idempotency key stands for one person's request only", async () => {
    const json = { items: [{ product_id: await running.product(), quantity: 2 }] };
    const create = async ({ token }: Person): Promise<unknown> => {
      const headers = { "idempotency-key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"' };
      const answer = await calls.send("/api/orders", { token, json, headers });
      assert.equal(answer.status, 201, answer.text);
      return answer.json()["id"];
    };
    const first = await create(alice);
    assert.equal(await create(alice), first, "the same request again is the same order");
    const other = await create(bob);
    assert.notEqual(other, first);
    const seen = await calls.send(`/api/orders/${String(other)}`, { token: bob.token });
    assert.equal(seen.status, 200);
  });

  it("the database shows and takes nothing of others, even without any condition", async () => {
    await running.order(alice);
    const principalOf = ({ id }: Person): Principal => ({
      subject: id,
      kind: "user",
      tenant: undefined,
      roles: new Set(["user"]),
      sessionId: missingId,
      tokenId: missingId,
      authenticatedAt: 0,
      methods: ["pwd"],
    });
    /** Tables that show a row in which the id stands; `refused` where nothing may be read. */
    async function tablesShowing(id: string, reader: Principal | undefined) {
      const showing: string[] = [];
      for (const name of await tableNames(running)) {
        const transaction = running.shop.store.begin(reader);
        try {
          const text = `SELECT 1 FROM ${name} AS t WHERE to_jsonb(t)::text LIKE $1`;
          const { rowCount } = await transaction.query(text, [`%${id}%`]);
          if (rowCount > 0) showing.push(name);
        } catch (error) {
          assert.match(String(error), /permission denied/);
        } finally {
          await transaction.rollback();
        }
      }
      return showing;
    }
    const own = await tablesShowing(alice.id, principalOf(alice));
    for (const name of ["shop_user", "shop_order", "shop_order_item", "shop_order_event"])
      assert.ok(own.includes(name), `alice does not see her rows of ${name}`);
    assert.deepEqual(await tablesShowing(alice.id, principalOf(bob)), []);
    assert.deepEqual(await tablesShowing(alice.id, undefined), []);

    const write = async (who: Person, text: string): Promise<number | "refused"> => {
      const transaction = running.shop.store.begin(principalOf(who));
      try {
        return (await transaction.query(text, [alice.id])).rowCount;
      } catch {
        return "refused";
      } finally {
        await transaction.rollback();
      }
    };
    const rename = "UPDATE shop_user SET display_name = 'x' WHERE id = $1";
    assert.equal(await write(alice, rename), 1);
    assert.equal(await write(bob, rename), 0);
    const cancel = "UPDATE shop_order SET status = 'cancelled' WHERE user_id = $1";
    assert.equal(await write(bob, cancel), 0);
    const forge = `INSERT INTO shop_order (id, user_id, status, total, currency, created_at)
      VALUES ('${missingId}', $1, 'draft', 0, 'EUR', '2026-01-01')`;
    assert.equal(await write(alice, forge), 1);
    assert.equal(await write(bob, forge), "refused");
  });
});
