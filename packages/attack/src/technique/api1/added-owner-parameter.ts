/**
 * Parameters and headers that the document does not have and that say whose data is wanted.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import type { World } from "../../world/world.ts";
import { held, notApplicable } from "../outcomes.ts";
import { defineTechnique, type Outcome } from "../technique.ts";
import { isForCallers, mayCall, pairsOf, type Pair } from "./parties.ts";
import { scoped, tryScopes, type Scope } from "./scope-attempt.ts";
import { fitting, valuesOfPerson, type PersonalKind } from "./values-of-people.ts";

const names: readonly (readonly [PersonalKind, Scope["place"], readonly string[]])[] = [
  [
    "id",
    "query",
    [
      "user_id",
      "userId",
      "owner_id",
      "ownerId",
      "customer_id",
      "account_id",
      "uid",
      "user",
      "owner",
    ],
  ],
  ["username", "query", ["username", "user", "owner", "login", "user_name"]],
  ["email", "query", ["email", "user_email"]],
  [
    "id",
    "header",
    [
      "x-user-id",
      "x-account-id",
      "x-customer-id",
      "x-user",
      "x-authenticated-userid",
      "x-on-behalf-of",
      "x-consumer-id",
    ],
  ],
  [
    "username",
    "header",
    ["x-user", "x-username", "x-remote-user", "remote-user", "x-forwarded-user"],
  ],
  ["email", "header", ["x-user-email", "x-forwarded-email", "x-auth-request-email"]],
];

const tenantNames: readonly (readonly [PersonalKind, Scope["place"], readonly string[]])[] = [
  [
    "tenant",
    "header",
    ["x-tenant", "x-tenant-id", "x-org-id", "x-organization-id", "x-company-id", "x-workspace-id"],
  ],
  ["tenant", "query", ["tenant", "tenant_id", "org_id", "organization_id", "company_id"]],
];

/** A1-09: an owner parameter that the document lacks. */
export const addedOwnerParameter = defineTechnique({
  id: "A1-09",
  risk: "API1",
  title: "Added owner parameter",
  severity: "high",
  phase: "read",
  needs: ["two principals of one role"],
  oracle: "O-READ",
  guards: ["G-POS", "G-NEG", "G-BASE", "G-REPEAT"],
  hole: "object-list",
  remedy: "Take the caller from the credential only, and refuse parameters that are not known.",
  run: (world) => addAll(world, names, false),
});

/** A1-25: naming another tenant. */
export const anotherTenant = defineTechnique({
  id: "A1-25",
  risk: "API1",
  title: "Another tenant named by the client",
  severity: "critical",
  phase: "read",
  needs: ["two principals of one role"],
  oracle: "O-READ",
  guards: ["G-POS", "G-NEG", "G-SHARED", "G-REPEAT"],
  hole: "object-list",
  remedy:
    "Take the tenant from the credential, or check that the caller belongs to the one it names.",
  run: (world) => addAll(world, tenantNames, true),
});

async function* addAll(
  world: World,
  kinds: typeof names,
  acrossTenants: boolean,
): AsyncIterable<Outcome> {
  const operations = world.document.operations.filter(
    (operation) =>
      operation.method === "GET" &&
      !operation.path.includes("{") &&
      isForCallers(operation) &&
      operation.access.kind !== "anonymous",
  );
  const pairs = acrossTenants ? await pairsOfTenants(world) : pairsOf(world).slice(0, 1);
  if (pairs.length === 0) return;
  for (const operation of operations) yield await addTo(world, operation, kinds, pairs);
}

/** One pair for each two tenants that are known, from the file or from the API itself. */
async function pairsOfTenants(world: World): Promise<readonly Pair[]> {
  const found: Pair[] = [];
  for (const pair of pairsOf(world, true)) {
    const [mine, theirs] = [
      await tenantOf(world, pair.attacker),
      await tenantOf(world, pair.victim),
    ];
    if (mine !== undefined && theirs !== undefined && mine !== theirs) found.push(pair);
    if (found.length === 2) break;
  }
  return found;
}

async function tenantOf(world: World, principal: Pair["victim"]): Promise<string | undefined> {
  return fitting(await valuesOfPerson(world, principal), "tenant")[0];
}

async function addTo(
  world: World,
  operation: Operation,
  kinds: typeof names,
  pairs: readonly Pair[],
): Promise<Outcome> {
  let last: Outcome | undefined;
  for (const pair of pairs) {
    if (!mayCall(operation, pair.attacker)) continue;
    const own = await world.works(operation, pair.attacker);
    const others = await world.works(operation, pair.victim);
    if (own === undefined || others === undefined) continue;
    // What is the same for both is not scoped by the caller.
    if (own.answer?.text === others.answer?.text) {
      last = held({ target: operation.key, evidence: [others, own] }, "both get the same");
      continue;
    }
    const scopes = await promising(world, operation, kinds, pair);
    if (scopes.length === 0) {
      last = held(
        { target: operation.key, evidence: [others, own] },
        "it takes no notice of who is named beside the credential",
      );
      continue;
    }
    last = await tryScopes(world, operation, pair, scopes);
    if (last.verdict === "vulnerable") return last;
  }
  return last ?? notApplicable({ target: operation.key }, "it does not work for two peers");
}

/** Sends many names at once and keeps the groups after which the answer is another one. */
async function promising(
  world: World,
  operation: Operation,
  kinds: typeof names,
  { attacker, victim }: Pair,
): Promise<readonly Scope[]> {
  const declared = new Set(operation.parameters.map(({ name }) => name.toLowerCase()));
  const values = await valuesOfPerson(world, victim);
  const usual = await world.send(world.make(operation, attacker));
  const found: Scope[] = [];
  for (const [kind, place, group] of kinds) {
    const value = values.find((one) => one.kind === kind)?.value;
    if (value === undefined) continue;
    const scopes = group
      .filter((name) => !declared.has(name.toLowerCase()))
      .map((name) => ({ name, value, kind, place }));
    const answer = await world.send(scoped(world, operation, attacker, scopes));
    if (answer.answer?.text !== usual.answer?.text) found.push(...scopes);
  }
  return found.slice(0, 14);
}
