import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import {
  accessMatrix,
  allOf,
  and,
  anonymous,
  anyOf,
  audiencesFor,
  authenticated,
  column,
  decideFunction,
  defineResource,
  describeAccess,
  everyone,
  matches,
  memberOf,
  noFacts,
  or,
  owner,
  principalRole,
  role,
  rolesOf,
  self,
  shadow,
  shapeOf,
  stateIn,
  stepUp,
  tenantColumn,
  toCondition,
  toPolicies,
  webhook,
  type AnyAccessRule,
} from "sekisho/authorization";
import type { Principal } from "sekisho/kernel";
import { people, principalOf } from "./authorization-principal.ts";

const { alice, bob } = people;
const now = 1_800_000_000_000;
const Order = defineResource("order", {
  table: "orders",
  owner: column("user_id"),
  row: shapeOf<{ id: string; user_id: string }>(),
});
const Invoice = defineResource("invoice", {
  table: "invoices",
  owner: or(tenantColumn("tenant"), principalRole("auditor")),
  row: shapeOf<{ id: string }>(),
});
const Payment = { kind: "webhook", name: "payment" } as const;

const admin = principalOf(alice, { roles: new Set(["admin"]) });
const user = principalOf(alice, { roles: new Set(["user"]) });
const service = principalOf(alice, { kind: "service" });

function outcomeOf(
  rule: AnyAccessRule,
  principal: Principal | undefined,
  parameters: Record<string, string> = {},
): string {
  const decision = decideFunction(rule, { principal, parameters, now });
  if (decision.effect === "deny") return decision.reason;
  const needed = decision.alternatives.map((objects) =>
    objects.map(({ resource }) => resource.kind).join("+"),
  );
  return needed.join() === "" ? "allow" : `allow after ${needed.join(" or ")}`;
}

describe("decideFunction", () => {
  const fresh = (age: number): Principal =>
    principalOf(alice, { authenticatedAt: now / 1000 - age, roles: new Set(["admin"]) });
  const adminStep = stepUp(role("admin"), { maxAge: 600 });
  const otpStep = stepUp(authenticated(), { maxAge: 600, methods: ["otp", "hwk"] });
  const rows: readonly (readonly [
    name: string,
    rule: AnyAccessRule,
    principal: Principal | undefined,
    outcome: string,
    parameters?: Record<string, string>,
  ])[] = [
    ["an anonymous endpoint is open", anonymous("catalogue"), undefined, "allow"],
    ["nobody is not authenticated", authenticated(), undefined, "unauthenticated"],
    ["somebody is", authenticated(), user, "allow"],
    ["a service is no person", authenticated({ party: "user" }), service, "wrong-kind"],
    ["a person is", authenticated({ party: "user" }), user, "allow"],
    ["the role is missing", role("admin"), user, "role-missing"],
    ["the role is there", role("admin"), admin, "allow"],
    ["a role is not a part of a name", role("adm"), admin, "role-missing"],
    ["401 comes before 403", role("admin"), undefined, "unauthenticated"],
    ["one's own address", self("user_id"), user, "allow", { user_id: alice }],
    ["another's address", self("user_id"), user, "owner-mismatch", { user_id: bob }],
    ["no address at all", self("user_id"), user, "owner-mismatch"],
    ["an inherited name is no address", self("constructor"), user, "owner-mismatch"],
    ["an owner waits for the row", owner(Order, "id"), user, "allow after order"],
    ["nobody waits for nothing", owner(Order, "id"), undefined, "unauthenticated"],
    ["a fresh sign-in, to the second", adminStep, fresh(600), "allow"],
    ["a second too old", adminStep, fresh(601), "step-up-required"],
    ["a sign-in at no time is too old", adminStep, fresh(Number.NaN), "step-up-required"],
    ["no step-up helps who lacks the role", adminStep, user, "role-missing"],
    ["a service cannot step up", stepUp(authenticated(), { maxAge: 9 }), service, "wrong-kind"],
    ["a password is no second factor", otpStep, user, "step-up-required"],
    ["a code is", otpStep, principalOf(alice, { methods: ["pwd", "otp"] }), "allow"],
    ["one of two suffices", anyOf(role("admin"), role("user")), user, "allow"],
    ["none of two does not", anyOf(role("admin"), role("staff")), user, "role-missing"],
    ["nobody has neither", anyOf(role("admin"), role("user")), undefined, "unauthenticated"],
    ["a role spares the lookup", anyOf(owner(Order, "id"), role("admin")), admin, "allow"],
    ["the rest must own", anyOf(owner(Order, "id"), role("admin")), user, "allow after order"],
    ["the nearest refusal is named", anyOf(role("x"), adminStep), fresh(601), "step-up-required"],
    ["both are needed", allOf(role("admin"), role("user")), user, "role-missing"],
    [
      "alternatives multiply",
      allOf(anyOf(owner(Order, "a"), owner(Invoice, "b")), role("user")),
      user,
      "allow after order or invoice",
    ],
    [
      "both objects are needed",
      allOf(owner(Order, "a"), owner(Invoice, "b")),
      user,
      "allow after order+invoice",
    ],
    ["403 comes before a step-up", allOf(otpStep, role("admin")), user, "role-missing"],
    ["the old rule is enforced", shadow(role("admin"), authenticated()), user, "allow"],
    ["also where the new is wider", shadow(authenticated(), role("admin")), user, "role-missing"],
  ];
  for (const [name, rule, principal, outcome, parameters] of rows)
    it(name, () => assert.equal(outcomeOf(rule, principal, parameters), outcome));

  it("a refusal for age says how fresh the sign-in must be", () => {
    const decision = decideFunction(otpStep, { principal: user, parameters: {}, now });
    assert.ok(decision.effect === "deny" && decision.reason === "step-up-required");
    assert.equal(decision.maxAge, 600);
    assert.deepEqual(decision.methods, ["otp", "hwk"]);
  });

  it("a webhook still waits for its signature", () => {
    const decision = decideFunction(webhook(Payment), {
      principal: undefined,
      parameters: {},
      now,
    });
    assert.ok(decision.effect === "allow");
    assert.equal(decision.webhook, Payment);
  });

  it("a shadow reports where the new rule differs, and only there", () => {
    const rule = shadow(role("admin"), authenticated());
    const differs = decideFunction(rule, { principal: user, parameters: {}, now });
    assert.deepEqual(differs.disagreements, [
      {
        rule: "shadow(role(admin), enforced authenticated)",
        candidate: "deny",
        enforced: "allow",
      },
    ]);
    const agrees = decideFunction(rule, { principal: admin, parameters: {}, now });
    assert.deepEqual(agrees.disagreements, []);
  });
});

describe("a declaration that would be dangerous is refused", () => {
  const refused: Readonly<Record<string, () => unknown>> = {
    "an open endpoint without a reason": () => anonymous("  "),
    "a role that sounds like an owner": () => role("owner"),
    "a role that sounds like oneself": () => role("self"),
    "a role with a comma": () => role("user,admin"),
    "a role predicate with a comma": () => principalRole("user,admin"),
    "a webhook as one of several ways in": () => anyOf(webhook(Payment), role("admin")),
    "a webhook as a condition": () => allOf(webhook(Payment), role("admin")),
    "a webhook in a step-up": () => stepUp(webhook(Payment), { maxAge: 1 }),
    "a webhook in the shadow": () => shadow(webhook(Payment), role("admin")),
    "a step-up without age": () => stepUp(role("admin"), { maxAge: 0 }),
    "two orders under one name": () => allOf(owner(Order, "a"), owner(Order, "b")),
    "a column that is SQL": () => column('user_id" OR true --'),
    "a column in capitals": () => tenantColumn("Tenant"),
    "a table that is SQL": () =>
      memberOf({ table: "x; drop", resourceColumn: "a", memberColumn: "b", via: "c" }),
    "a state that is SQL": () => stateIn("status", ["x'; --"]),
    "no states": () => stateIn("status", [] as unknown as [string]),
    "an `and` of nothing": () => and(...([] as unknown as [ReturnType<typeof everyone>])),
    "an `or` of nothing": () => or(...([] as unknown as [ReturnType<typeof everyone>])),
    "an alias that is SQL": () => toCondition(everyone(), { alias: "a b", firstParameter: 1 }),
    "a parameter number that is none": () =>
      toCondition(everyone(), { alias: "a", firstParameter: 0 }),
    "an update of every column": () =>
      toPolicies({ table: "orders", read: everyone(), operations: ["update"] }),
    "a resource called principal": () =>
      defineResource("principal", { load: () => ({}), owner: () => "" }),
    "a resource called __proto__": () =>
      defineResource("__proto__", { load: () => ({}), owner: () => "" }),
    "a path parameter with a dot": () => owner(Order, "a.b"),
  };
  for (const [name, declare] of Object.entries(refused))
    it(name, () => assert.throws(declare, TypeError));

  it("while their harmless neighbours are accepted", () => {
    role("owners");
    principalRole("user:admin");
    stepUp(role("admin"), { maxAge: 1 });
    anyOf(owner(Order, "a"), owner(Order, "b"));
    toPolicies({
      table: "orders",
      read: everyone(),
      operations: ["update"],
      columns: { update: ["status"] },
    });
  });
});

describe("audiencesFor", () => {
  const orderRule = owner(Order, "order_id");
  const names = (rule: AnyAccessRule, who: Principal | undefined, granted?: object): string =>
    [...audiencesFor(rule, who, granted)].toSorted().join();

  it("holds the roles, and what the rule makes of the principal", () => {
    assert.equal(names(authenticated(), user), "user");
    assert.equal(names(orderRule, user), "owner,user");
    assert.equal(names(stepUp(self("id"), { maxAge: 1 }), user), "self,user");
    assert.equal(names(allOf(self("id"), orderRule), user), "owner,self,user");
    assert.equal(names(orderRule, undefined), "");
  });

  it("nobody becomes an owner by a role of that name", () => {
    const impostor = principalOf(bob, { roles: new Set(["owner", "self", "user"]) });
    assert.equal(names(authenticated(), impostor), "user");
  });

  it("among several ways in, ownership counts when it was the one", () => {
    const rule = anyOf(orderRule, role("user"));
    assert.equal(names(rule, user), "user");
    assert.equal(names(rule, user, { principal: user }), "user");
    assert.equal(names(rule, user, { principal: user, order: {} }), "owner,user");
  });

  it("is made once for a set of roles", () => {
    assert.equal(audiencesFor(orderRule, user), audiencesFor(owner(Invoice, "id"), user));
  });
});

describe("describeAccess and rolesOf", () => {
  const texts: readonly (readonly [AnyAccessRule, string, string])[] = [
    [anonymous("why"), "anonymous", ""],
    [authenticated({ party: "service" }), "authenticated(service)", ""],
    [owner(Order, "order_id"), "owner(order, order_id)", ""],
    [
      owner(Order, "order_id", { within: { user_id: "user" } }),
      "owner(order, order_id, user_id=user)",
      "",
    ],
    [webhook(Payment), "webhook(payment)", ""],
    [
      stepUp(role("admin"), { maxAge: 600, methods: ["otp", "hwk"] }),
      "step-up(role(admin), 600s, otp|hwk)",
      "admin",
    ],
    [
      anyOf(role("admin"), allOf(role("admin"), role("clerk"), self("id"))),
      "any-of(role(admin), all-of(role(admin), role(clerk), self(id)))",
      "admin,clerk",
    ],
    [shadow(role("new"), role("old")), "shadow(role(new), enforced role(old))", "old"],
  ];
  for (const [rule, text, roles] of texts)
    it(text, () => {
      assert.equal(describeAccess(rule), text);
      assert.equal(rolesOf(rule).join(), roles);
    });
});

describe("matches", () => {
  it("denies what it does not understand", () => {
    const predicate = column("user_id");
    assert.equal(matches(predicate, { user_id: alice }, user, noFacts), true);
    assert.equal(matches(predicate, { user_id: { toString: () => alice } }, user, noFacts), false);
    assert.equal(matches(predicate, { user_id: [alice] }, user, noFacts), false);
    assert.equal(matches(predicate, Object.create({ user_id: alice }), user, noFacts), false);
  });

  it("an empty tenant is none, whatever the row says", () => {
    const predicate = tenantColumn("tenant");
    const nowhere = principalOf(alice, { tenant: "" });
    const north = principalOf(alice, { tenant: "north" });
    assert.equal(matches(predicate, { tenant: "" }, nowhere, noFacts), false);
    assert.equal(matches(predicate, { tenant: "north" }, north, noFacts), true);
    const condition = toCondition(predicate, { alias: "o", firstParameter: 1 });
    assert.deepEqual(condition.values(nowhere), [null]);
  });

  it("a subject that is no UUID owns no UUID column", () => {
    const odd = principalOf("client-7");
    assert.equal(matches(column("user_id"), { user_id: "client-7" }, odd, noFacts), false);
    assert.equal(matches(column("user_id", "text"), { user_id: "client-7" }, odd, noFacts), true);
    const condition = toCondition(column("user_id"), { alias: "o", firstParameter: 2 });
    assert.equal(condition.text, '("o"."user_id" = $2::uuid)');
    assert.deepEqual(condition.values(odd), [null]);
    assert.deepEqual(condition.values(user), [alice]);
  });
});

describe("accessMatrix", () => {
  it("is complete, aligned and derived", () => {
    const matrix = accessMatrix(
      [
        { method: "POST", path: "/api/auth/token", access: anonymous("sign-in") },
        { method: "GET", path: "/api/users/:id", access: self("id") },
        { method: "PATCH", path: "/api/admin/users/:id", access: role("admin") },
        {
          method: "DELETE",
          path: "/api/admin/users/:id",
          access: stepUp(role("admin"), { maxAge: 9 }),
        },
        { method: "GET", path: "/api/orders/:id", access: owner(Order, "id") },
        { method: "GET", path: "/api/invoices/:id", access: owner(Invoice, "id") },
        {
          method: "POST",
          path: "/api/orders/:id/refund",
          access: anyOf(owner(Order, "id"), role("admin")),
        },
        { method: "POST", path: "/api/webhooks/payment", access: webhook(Payment) },
      ],
      ["user", "admin", "auditor"],
    );
    const expected = [
      "endpoint                     access                                 anonymous  user         admin        auditor",
      "DELETE /api/admin/users/:id  step-up(role(admin), 9s)               401        403          2xx          403",
      "PATCH /api/admin/users/:id   role(admin)                            401        403          2xx          403",
      "POST /api/auth/token         anonymous                              2xx        2xx          2xx          2xx",
      "GET /api/invoices/:id        owner(invoice, id)                     401        2xx 404 404  2xx 404 404  2xx 2xx 404",
      "GET /api/orders/:id          owner(order, id)                       401        2xx 404 404  2xx 404 404  2xx 404 404",
      "POST /api/orders/:id/refund  any-of(owner(order, id), role(admin))  401        2xx 404 404  2xx          2xx 404 404",
      "GET /api/users/:id           self(id)                               401        2xx 403 403  2xx 403 403  2xx 403 403",
      "POST /api/webhooks/payment   webhook(payment)                       401        401          401          401",
      "",
    ];
    assert.deepEqual(matrix.split("\n"), expected);
  });

  it("refuses to be empty", () => assert.throws(() => accessMatrix([], ["user"]), /no endpoints/));
});
