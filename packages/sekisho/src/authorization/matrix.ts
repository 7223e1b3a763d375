/**
 * The access matrix: endpoint × who × whose object → status (ASVS 8.1.1, API5.P2).
 *
 * Promise: every cell is an answer of the same decision that requests get; nothing is written by
 * hand. Limits: principals have one role, are freshly authenticated people, and rows are made up
 * from the owner predicate; a loader's rows are owned or not.
 *
 * @module
 */

import type { Principal } from "../kernel/index.ts";
import { decideFunction, type FunctionDenyReason, type NeededObject } from "./decide.ts";
import { describeAccess } from "./describe-access.ts";
import { membershipKey, membershipsIn, type Facts } from "./facts.ts";
import { matches } from "./matches.ts";
import type { Predicate } from "./predicate.ts";
import type { AnyAccessRule } from "./access-rule.ts";

/** What the matrix needs of an endpoint. */
export interface MatrixEndpoint {
  readonly method: string;
  readonly path: string;
  readonly access: AnyAccessRule;
}

type Whose = "own" | "foreign" | "missing";

const subject = "00000000-0000-7000-8000-000000000001";
const somebodyElse = "00000000-0000-7000-8000-000000000002";
const tenant = "00000000-0000-7000-8000-00000000000a";
const otherTenant = "00000000-0000-7000-8000-00000000000b";
const group = "00000000-0000-7000-8000-0000000000a1";
const otherGroup = "00000000-0000-7000-8000-0000000000b1";
const now = 1_800_000_000_000;

const statuses: Readonly<Record<FunctionDenyReason, string>> = {
  unauthenticated: "401",
  "wrong-kind": "403",
  "role-missing": "403",
  "owner-mismatch": "403",
  "step-up-required": "401",
};

function principalWith(role: string, rule: AnyAccessRule): Principal {
  return {
    subject,
    kind: "user",
    tenant,
    roles: new Set([role]),
    sessionId: subject,
    tokenId: subject,
    authenticatedAt: now / 1000,
    methods: methodsIn(rule),
  };
}

function methodsIn(rule: AnyAccessRule): readonly string[] {
  if (rule.kind === "step-up") return [...rule.methods, ...methodsIn(rule.rule)];
  if (rule.kind === "any-of" || rule.kind === "all-of") return rule.rules.flatMap(methodsIn);
  return rule.kind === "shadow" ? methodsIn(rule.enforced) : [];
}

function madeUpRow(predicate: Predicate, owned: boolean, row: Record<string, string>): void {
  switch (predicate.kind) {
    case "column":
      row[predicate.column] = owned ? subject : somebodyElse;
      return;
    case "tenant-column":
      row[predicate.column] = owned ? tenant : otherTenant;
      return;
    case "member-of":
      row[predicate.via] ??= owned ? group : otherGroup;
      return;
    case "state-in":
      row[predicate.column] = predicate.states[0] ?? "";
      return;
    case "and":
    case "or":
      for (const part of predicate.parts) madeUpRow(part, owned, row);
      return;
    case "principal-role":
    case "everyone":
      return;
  }
}

function isVisible(demand: NeededObject, whose: Whose, principal: Principal): boolean {
  if (whose === "missing") return false;
  const { source } = demand.resource;
  if (source.form === "loader") return whose === "own";
  const row: Record<string, string> = {};
  madeUpRow(source.owner, whose === "own", row);
  const facts: Facts = {
    memberships: new Map(
      membershipsIn(source.owner).map((membership) => {
        const joined = whose === "own" ? (row[membership.via] ?? group) : group;
        return [membershipKey(membership), new Set([joined])];
      }),
    ),
  };
  return matches(source.owner, row, principal, facts);
}

function statusOf(rule: AnyAccessRule, principal: Principal | undefined, whose: Whose): string {
  const named = whose === "own" ? subject : somebodyElse;
  // Whatever the parameters are called, they name the made-up person or object.
  const parameters = new Proxy<Record<string, string>>({}, { get: () => named });
  const decision = decideFunction(rule, { principal, parameters, now });
  if (decision.effect === "deny") return statuses[decision.reason];
  // The made-up parties sign nothing.
  if (decision.webhook !== undefined) return "401";
  const complete = decision.alternatives.some((demands) =>
    demands.every((demand) => principal !== undefined && isVisible(demand, whose, principal)),
  );
  return complete ? "2xx" : "404";
}

function cellFor(rule: AnyAccessRule, role: string): string {
  const principal = principalWith(role, rule);
  const whose: readonly Whose[] = ["own", "foreign", "missing"];
  const cells = whose.map((which) => statusOf(rule, principal, which));
  return new Set(cells).size === 1 ? (cells[0] ?? "") : cells.join(" ");
}

/**
 * The matrix as an aligned text table, one line for each endpoint, sorted by path and method. A
 * cell with three statuses is for an own, a foreign and a missing object.
 *
 * @throws Error without endpoints: an empty matrix proves nothing.
 * @example
 * accessMatrix([{ method: "GET", path: "/api/orders/:order_id", access: owner(Order, "order_id") }], ["user"]);
 * // endpoint                   access                  anonymous  user
 * // GET /api/orders/:order_id  owner(order, order_id)  401        2xx 404 404
 */
export function accessMatrix(
  endpoints: readonly MatrixEndpoint[],
  roles: readonly string[],
): string {
  if (endpoints.length === 0) throw new Error("the access matrix has no endpoints");
  const sorted = endpoints.toSorted((left, right) =>
    left.path === right.path ? compare(left.method, right.method) : compare(left.path, right.path),
  );
  const table = [
    ["endpoint", "access", "anonymous", ...roles],
    ...sorted.map(({ access, method, path }) => [
      `${method} ${path}`,
      describeAccess(access),
      statusOf(access, undefined, "missing"),
      ...roles.map((role) => cellFor(access, role)),
    ]),
  ];
  const widths = table[0]?.map((_, index) =>
    Math.max(...table.map((line) => line[index]?.length ?? 0)),
  );
  const lines = table.map((line) =>
    line
      .map((cell, index) => cell.padEnd(widths?.[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** By code unit: the matrix is the same on every machine, whatever its language. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
