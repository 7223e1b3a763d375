/**
 * Access rules: who may use an endpoint, as data (OWASP API1:2023 and API5:2023, F1).
 *
 * Promise: a rule says in its type what it grants the handler and which path parameters it needs;
 * there is no rule by default. Limits: a rule decides nothing by itself, see `decide.ts`; a webhook
 * rule stands alone.
 *
 * @module
 */

import {
  ownersIn,
  reservedRoles,
  type AccessRule,
  type AnyAccessRule,
  type EventOf,
  type GrantsOf,
  type GrantsOfAny,
  type GrantsOfEach,
  type NoGrants,
  type ParametersOf,
  type ParametersOfEach,
  type PrincipalGrant,
  type PrincipalKind,
  type SeveralRules,
  type Simplify,
  type StepUpOptions,
  type Together,
  type WebhookReference,
} from "./access-rule.ts";
import { checkLiteral, checkName } from "./identifier-text.ts";
import type { Resource } from "./resource.ts";

const parameterPattern = /^[A-Za-z][A-Za-z0-9_]*$/;

function checkParameter(parameter: string): void {
  if (!parameterPattern.test(parameter))
    throw new TypeError(`path parameter ${JSON.stringify(parameter)} is not a plain name`);
}

function checkCombinable(rule: AnyAccessRule, where: string): void {
  if (rule.kind === "webhook") throw new TypeError(`a webhook rule cannot stand in ${where}`);
}

/**
 * Everybody may use the endpoint.
 *
 * @param reason why this is right, for the reader of the inventory
 * @throws TypeError when the reason is blank.
 * @example
 * anonymous("sign-in happens before there is a principal");
 */
export function anonymous(reason: string): AccessRule<NoGrants, never> {
  if (reason.trim() === "") throw new TypeError("an anonymous endpoint must say why");
  return Object.freeze({ kind: "anonymous", reason });
}

/**
 * Every authenticated principal may use the endpoint.
 *
 * @example
 * authenticated(); // people and services
 * authenticated({ party: "user" }); // API2.P2: a client key is not a person
 */
export function authenticated(
  options: { readonly party?: PrincipalKind } = {},
): AccessRule<PrincipalGrant, never> {
  return Object.freeze({ kind: "authenticated", party: options.party ?? "any" });
}

/**
 * The principal whose subject stands in the path; others get 403 without a lookup.
 *
 * @throws TypeError when the parameter is not a plain name.
 * @example
 * self("user_id"); // GET /api/users/:user_id
 */
export function self<const Parameter extends string>(
  parameter: Parameter,
): AccessRule<PrincipalGrant, Parameter> {
  checkParameter(parameter);
  return Object.freeze({ kind: "self", parameter });
}

/**
 * The owner of the row whose id stands in the path; for others it does not exist.
 *
 * @param options `within` ties a nested row to its parent: column → path parameter (API1.V3)
 * @throws TypeError when a parameter or column is not a plain name.
 * @example
 * owner(Order, "order_id"); // GET /api/orders/:order_id
 * owner(Item, "item_id", { within: { order_id: "order_id" } }); // …/orders/:order_id/items/:item_id
 */
export function owner<
  Kind extends string,
  Row extends object,
  const Parameter extends string,
  const Parent extends string = never,
>(
  resource: Resource<Kind, Row>,
  parameter: Parameter,
  options: { readonly within?: Readonly<Record<string, Parent>> } = {},
): AccessRule<Simplify<PrincipalGrant & { readonly [Name in Kind]: Row }>, Parameter | Parent> {
  checkParameter(parameter);
  const within: Readonly<Record<string, string>> = Object.freeze({ ...options.within });
  for (const [name, parent] of Object.entries(within)) {
    checkName(name, "column");
    checkParameter(parent);
  }
  return Object.freeze({ kind: "owner", resource, parameter, within });
}

/**
 * Principals with the role; others get 403 without a lookup (API5:2023).
 *
 * @throws TypeError when the name is `owner` or `self`, or has characters other than letters,
 * digits and `_.:-`.
 * @example
 * role("admin");
 */
export function role(name: string): AccessRule<PrincipalGrant, never> {
  checkLiteral(name, "role");
  if (reservedRoles.has(name)) throw new TypeError(`role ${name} is reserved`);
  return Object.freeze({ kind: "role", role: name });
}

/**
 * The sender of a signed webhook message; the message is the only credential.
 *
 * @example
 * webhook(Payment); // Payment = defineWebhook("payment", …)
 */
export function webhook<Hook extends WebhookReference>(
  hook: Hook,
): AccessRule<{ readonly event: EventOf<Hook> }, never> {
  return Object.freeze({ kind: "webhook", webhook: hook });
}

/**
 * Whom `rule` allows, if they proved who they are recently enough (RFC 9470, ASVS 7.5.1).
 *
 * @throws TypeError when `maxAge` is not a positive number of seconds or the rule is a webhook.
 * @example
 * stepUp(role("admin"), { maxAge: 600, methods: ["otp", "hwk"] });
 */
export function stepUp<Rule extends AnyAccessRule>(
  rule: Rule,
  options: StepUpOptions,
): AccessRule<GrantsOf<Rule>, ParametersOf<Rule>> {
  const { maxAge, methods = [] } = options;
  if (!Number.isSafeInteger(maxAge) || maxAge < 1)
    throw new TypeError("maxAge must be a positive number of seconds");
  checkCombinable(rule, "stepUp");
  return Object.freeze({ kind: "step-up", rule, maxAge, methods: Object.freeze([...methods]) });
}

/**
 * Whom at least one of the rules allows. What only some of them grant is optional in the handler.
 *
 * @throws TypeError when one of them is a webhook.
 * @example
 * anyOf(role("support"), owner(Order, "order_id")); // principal, and perhaps order
 */
export function anyOf<const Rules extends SeveralRules>(
  ...rules: Rules
): AccessRule<GrantsOfAny<GrantsOfEach<Rules>>, ParametersOfEach<Rules>> {
  for (const rule of rules) checkCombinable(rule, "anyOf");
  return Object.freeze({ kind: "any-of", rules: Object.freeze([...rules]) });
}

/**
 * Whom every rule allows.
 *
 * @throws TypeError when one of them is a webhook, or two grant the handler the same resource.
 * @example
 * allOf(owner(Project, "project_id"), role("editor")); // principal and project
 */
export function allOf<const Rules extends SeveralRules>(
  ...rules: Rules
): AccessRule<Simplify<Together<GrantsOfEach<Rules>>>, ParametersOfEach<Rules>> {
  const granted = new Set<string>();
  for (const rule of rules) {
    checkCombinable(rule, "allOf");
    for (const kind of new Set(ownersIn(rule).map((part) => part.resource.kind))) {
      if (granted.has(kind)) throw new TypeError(`two rules of an allOf grant ${kind}`);
      granted.add(kind);
    }
  }
  return Object.freeze({ kind: "all-of", rules: Object.freeze([...rules]) });
}

/**
 * Tries a new rule: `enforced` decides, and every request for which `candidate` would decide
 * differently is reported.
 *
 * @throws TypeError when one of them is a webhook.
 * @example
 * shadow(stepUp(role("admin"), { maxAge: 600 }), role("admin"));
 */
export function shadow<Candidate extends AnyAccessRule, Enforced extends AnyAccessRule>(
  candidate: Candidate,
  enforced: Enforced,
): AccessRule<GrantsOf<Enforced>, ParametersOf<Candidate> | ParametersOf<Enforced>> {
  checkCombinable(candidate, "shadow");
  checkCombinable(enforced, "shadow");
  return Object.freeze({ kind: "shadow", candidate, enforced });
}
