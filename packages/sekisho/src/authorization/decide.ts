/**
 * Function-level decisions: may this principal use this endpoint at all (OWASP API5:2023, F4)?
 *
 * Promise: pure, and made before any lookup, so that 401 and 403 never tell whether an object
 * exists (requirements 5.2); no rule that matches, no access. Limits: objects and webhook
 * signatures are only named here; `load-object.ts` and `webhook/` judge them.
 *
 * @module
 */

import { deny, type Deny, type Principal } from "../kernel/index.ts";
import { describeAccess } from "./describe-access.ts";
import type {
  AnyAccessRule,
  OwnerRule,
  ShadowRule,
  StepUpRule,
  WebhookReference,
} from "./access-rule.ts";

/** What a function-level decision is made of. */
export interface FunctionRequest {
  readonly principal: Principal | undefined;
  /** Path parameters by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, as the clock gives them. */
  readonly now: number;
}

/** Why a function is refused. `unauthenticated` and `step-up-required` are 401, the rest is 403. */
export type FunctionDenyReason =
  | "unauthenticated"
  | "wrong-kind"
  | "role-missing"
  | "owner-mismatch"
  | "step-up-required";

/** A row that must still be loaded: a missing one is 404. */
export type NeededObject = Pick<OwnerRule, "resource" | "parameter" | "within">;

/** A candidate rule that decided differently from the enforced one. */
export interface ShadowDisagreement {
  /** The shadow rule, described. */
  readonly rule: string;
  readonly candidate: "allow" | "deny";
  readonly enforced: "allow" | "deny";
}

/** A candidate and an enforced rule that both wait for objects. */
export interface ShadowTrial {
  readonly rule: ShadowRule;
  readonly candidate: readonly (readonly NeededObject[])[];
  readonly enforced: readonly (readonly NeededObject[])[];
}

interface ShadowFindings {
  /** What is already known to differ. */
  readonly disagreements: readonly ShadowDisagreement[];
  /** What only the objects can tell. */
  readonly trials: readonly ShadowTrial[];
}

/** The function may be used, once one of the alternatives is met. */
export interface FunctionAllow extends ShadowFindings {
  readonly effect: "allow";
  /** Every object of the only alternative; with several alternatives, of all of them. */
  readonly objects: readonly NeededObject[];
  /** Sets of objects of which one must be complete; `[[]]` when nothing is to be loaded. */
  readonly alternatives: readonly (readonly NeededObject[])[];
  /** The webhook whose signature must still be verified. */
  readonly webhook: WebhookReference | undefined;
}

/** A refusal that nothing the client does will change. */
type FirmDeny = {
  [Reason in Exclude<FunctionDenyReason, "step-up-required">]: Deny<Reason> & ShadowFindings;
}[Exclude<FunctionDenyReason, "step-up-required">];

/** A refusal that a fresher or stronger sign-in lifts. */
export interface StepUpDeny extends Deny<"step-up-required">, ShadowFindings {
  /** Seconds since the sign-in. */
  readonly maxAge: number;
  /** Methods of which one must have been used; empty for any. */
  readonly methods: readonly string[];
}

/** The function may not be used. */
export type FunctionDeny = FirmDeny | StepUpDeny;

/** Answer of {@link decideFunction}. */
export type FunctionDecision = FunctionAllow | FunctionDeny;

type Outcome =
  | { readonly effect: "allow"; readonly alternatives: readonly (readonly NeededObject[])[] }
  | Refusal;
type Refusal =
  | Deny<Exclude<FunctionDenyReason, "step-up-required">>
  | (Deny<"step-up-required"> & Pick<StepUpRule, "maxAge" | "methods">);

interface Findings {
  readonly disagreements: ShadowDisagreement[];
  readonly trials: ShadowTrial[];
}

const nothingToLoad: readonly (readonly NeededObject[])[] = Object.freeze([Object.freeze([])]);
const granted: Outcome = { effect: "allow", alternatives: nothingToLoad };
const unauthenticated: Outcome = deny("unauthenticated");
const wrongKind: Outcome = deny("wrong-kind");
const roleMissing: Outcome = deny("role-missing");
const ownerMismatch: Outcome = deny("owner-mismatch");

const plainAllow: FunctionAllow = Object.freeze({
  effect: "allow",
  objects: Object.freeze([]),
  alternatives: nothingToLoad,
  webhook: undefined,
  disagreements: Object.freeze([]),
  trials: Object.freeze([]),
});

/** 401 comes before 403, and 403 before asking for a fresher sign-in that would not help. */
const order: Readonly<Record<FunctionDenyReason, number>> = {
  unauthenticated: 0,
  "wrong-kind": 1,
  "role-missing": 2,
  "owner-mismatch": 3,
  "step-up-required": 4,
};

function decideStepUp(
  rule: StepUpRule,
  principal: Principal | undefined,
  now: number,
  inner: Outcome,
): Outcome {
  if (inner.effect === "deny") return inner;
  if (principal === undefined) return unauthenticated;
  // A service proves nothing anew: it has no person to ask.
  if (principal.kind !== "user") return wrongKind;
  const age = Math.floor(now / 1000) - principal.authenticatedAt;
  const strong =
    rule.methods.length === 0 || rule.methods.some((method) => principal.methods.includes(method));
  // Written so that a time that is no number is too old.
  if (age <= rule.maxAge && strong) return inner;
  return { ...deny("step-up-required"), maxAge: rule.maxAge, methods: rule.methods };
}

function decideAnyOf(outcomes: readonly Outcome[]): Outcome {
  const alternatives: (readonly NeededObject[])[] = [];
  let refusal: Refusal = deny("unauthenticated");
  for (const outcome of outcomes) {
    if (outcome.effect === "allow") {
      if (outcome.alternatives.some((demands) => demands.length === 0)) return granted;
      alternatives.push(...outcome.alternatives);
    } else if (order[outcome.reason] > order[refusal.reason]) {
      refusal = outcome;
    }
  }
  return alternatives.length === 0 ? refusal : { effect: "allow", alternatives };
}

function decideAllOf(outcomes: readonly Outcome[]): Outcome {
  let refusal: Refusal | undefined;
  let alternatives = nothingToLoad;
  for (const outcome of outcomes) {
    if (outcome.effect === "deny") {
      if (refusal === undefined || order[outcome.reason] < order[refusal.reason]) refusal = outcome;
    } else if (outcome.alternatives !== nothingToLoad) {
      alternatives = alternatives.flatMap((left) =>
        outcome.alternatives.map((right) => [...left, ...right]),
      );
    }
  }
  return refusal ?? { effect: "allow", alternatives };
}

function decideShadow(rule: ShadowRule, request: FunctionRequest, findings: Findings): Outcome {
  const enforced = evaluate(rule.enforced, request, findings);
  // What shadows inside the candidate find is nobody's business yet.
  const candidate = evaluate(rule.candidate, request, { disagreements: [], trials: [] });
  if (candidate.effect !== enforced.effect)
    findings.disagreements.push({
      rule: describeAccess(rule),
      candidate: candidate.effect,
      enforced: enforced.effect,
    });
  else if (candidate.effect === "allow" && enforced.effect === "allow")
    if (candidate.alternatives !== nothingToLoad || enforced.alternatives !== nothingToLoad)
      findings.trials.push({
        rule,
        candidate: candidate.alternatives,
        enforced: enforced.alternatives,
      });
  return enforced;
}

function evaluate(rule: AnyAccessRule, request: FunctionRequest, findings: Findings): Outcome {
  const { parameters, principal } = request;
  switch (rule.kind) {
    case "anonymous":
    case "webhook":
      return granted;
    case "authenticated":
      if (principal === undefined) return unauthenticated;
      return rule.party === "any" || rule.party === principal.kind ? granted : wrongKind;
    case "self":
      if (principal === undefined) return unauthenticated;
      return parameters[rule.parameter] === principal.subject ? granted : ownerMismatch;
    case "owner":
      return principal === undefined
        ? unauthenticated
        : { effect: "allow", alternatives: [[rule]] };
    case "role":
      if (principal === undefined) return unauthenticated;
      return principal.roles.has(rule.role) ? granted : roleMissing;
    case "step-up":
      return decideStepUp(rule, principal, request.now, evaluate(rule.rule, request, findings));
    case "any-of":
      return decideAnyOf(rule.rules.map((part) => evaluate(part, request, findings)));
    case "all-of":
      return decideAllOf(rule.rules.map((part) => evaluate(part, request, findings)));
    case "shadow":
      return decideShadow(rule, request, findings);
  }
}

function objectsOf(alternatives: readonly (readonly NeededObject[])[]): readonly NeededObject[] {
  const [only, ...others] = alternatives;
  return only !== undefined && others.length === 0 ? only : [...new Set(alternatives.flat())];
}

/**
 * Decides on the function alone; nothing is looked up.
 *
 * @example
 * decideFunction(role("admin"), { principal: alice, parameters: {}, now: clock.now() });
 * // { effect: "deny", reason: "role-missing", … }
 */
export function decideFunction(rule: AnyAccessRule, request: FunctionRequest): FunctionDecision {
  const findings: Findings = { disagreements: [], trials: [] };
  const outcome = evaluate(rule, request, findings);
  if (outcome.effect === "deny") return { ...outcome, ...findings };
  const { alternatives } = outcome;
  const webhook = rule.kind === "webhook" ? rule.webhook : undefined;
  if (alternatives === nothingToLoad && webhook === undefined)
    if (findings.disagreements.length === 0 && findings.trials.length === 0) return plainAllow;
  return { effect: "allow", objects: objectsOf(alternatives), alternatives, webhook, ...findings };
}
