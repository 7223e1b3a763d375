/**
 * What an access rule is: the closed union of its forms, and the types it carries.
 *
 * Promise: a rule is plain data; what it grants a handler and which path parameters it needs are
 * part of its type. Limits: rules are made by the functions of `rules.ts` alone.
 *
 * @module
 */

import type { Principal } from "../kernel/index.ts";
import type { Resource } from "./resource.ts";

/** A declared webhook, as far as authorization needs to know it. */
export interface WebhookReference {
  readonly kind: "webhook";
  readonly name: string;
}

/** The event type of a declared webhook: what its Zod contract puts out. */
export type EventOf<Hook> = Hook extends {
  readonly event: { readonly _zod: { readonly output: infer Event } };
}
  ? Event
  : unknown;

/** What a step-up asks for. */
export interface StepUpOptions {
  /** Seconds since the person last proved who they are. */
  readonly maxAge: number;
  /** At least one of these (RFC 8176) must have been used; any unless said. */
  readonly methods?: readonly [string, ...string[]];
}

/** Which parties count as authenticated. */
export type PrincipalKind = Principal["kind"] | "any";

declare const carried: unique symbol;

/** Carries the types of a rule; empty at run time. */
export interface Carries<Grants extends object, Parameters extends string> {
  readonly [carried]?: readonly [grants: Grants, parameters: Parameters];
}

/** Everybody, for a written reason. */
export interface AnonymousRule {
  readonly kind: "anonymous";
  readonly reason: string;
}

/** Every principal of the kind. */
export interface AuthenticatedRule {
  readonly kind: "authenticated";
  readonly party: PrincipalKind;
}

/** The principal that the path names. */
export interface SelfRule {
  readonly kind: "self";
  readonly parameter: string;
}

/** The owner of the row that the path names. */
export interface OwnerRule {
  readonly kind: "owner";
  readonly resource: Resource;
  readonly parameter: string;
  /** Columns of the row that must equal other path parameters: column → parameter. */
  readonly within: Readonly<Record<string, string>>;
}

/** Principals with the role. */
export interface RoleRule {
  readonly kind: "role";
  readonly role: string;
}

/** The sender of a signed message. */
export interface WebhookRule {
  readonly kind: "webhook";
  readonly webhook: WebhookReference;
}

/** Whom `rule` allows, freshly authenticated. */
export interface StepUpRule {
  readonly kind: "step-up";
  readonly rule: AnyAccessRule;
  readonly maxAge: number;
  readonly methods: readonly string[];
}

/** Whom at least one rule allows. */
export interface AnyOfRule {
  readonly kind: "any-of";
  readonly rules: readonly AnyAccessRule[];
}

/** Whom every rule allows. */
export interface AllOfRule {
  readonly kind: "all-of";
  readonly rules: readonly AnyAccessRule[];
}

/** `enforced` decides; where `candidate` would decide differently it is reported. */
export interface ShadowRule {
  readonly kind: "shadow";
  readonly candidate: AnyAccessRule;
  readonly enforced: AnyAccessRule;
}

/** The closed union of rules, without what their types carry. */
export type RuleData =
  | AnonymousRule
  | AuthenticatedRule
  | SelfRule
  | OwnerRule
  | RoleRule
  | WebhookRule
  | StepUpRule
  | AnyOfRule
  | AllOfRule
  | ShadowRule;

/** A rule that grants the handler `Grants` and needs the path parameters `Parameters`. */
export type AccessRule<
  Grants extends object = object,
  Parameters extends string = string,
> = RuleData & Carries<Grants, Parameters>;

/** Any rule, for generic code. */
export type AnyAccessRule = AccessRule;

type CarriedBy<Rule> = Rule extends { readonly [carried]?: infer Pair } ? NonNullable<Pair> : never;

/** What a rule grants the handler. */
export type GrantsOf<Rule extends AnyAccessRule> =
  CarriedBy<Rule> extends readonly [infer Grants extends object, string] ? Grants : never;

/** Which path parameters a rule needs. */
export type ParametersOf<Rule extends AnyAccessRule> =
  CarriedBy<Rule> extends readonly [object, infer Parameters extends string] ? Parameters : never;

/** What `anonymous` grants: nothing. */
export type NoGrants = object;

/** What a rule about a principal grants. */
export interface PrincipalGrant {
  readonly principal: Principal;
}

/** The same properties, written out flat. */
export type Simplify<T> = { readonly [Key in keyof T]: T[Key] };
type KeysOfAny<Union> = Union extends unknown ? keyof Union : never;
type ValueOfAny<Union, Key> = Union extends unknown
  ? Key extends keyof Union
    ? Union[Key]
    : undefined
  : never;
/** What every alternative grants stays; what only some grant becomes optional. */
export type GrantsOfAny<Union> = Simplify<
  { readonly [Key in keyof Union]: Union[Key] } & {
    readonly [Key in Exclude<KeysOfAny<Union>, keyof Union>]?: ValueOfAny<Union, Key>;
  }
>;
/** What every member of a union has, together. */
export type Together<Union> = (Union extends unknown ? (part: Union) => void : never) extends (
  part: infer Whole,
) => void
  ? Whole & object
  : never;
/** Union of what the rules grant. */
export type GrantsOfEach<Rules extends readonly AnyAccessRule[]> = {
  [Index in keyof Rules]: GrantsOf<Rules[Index]>;
}[number];
/** Union of the parameters the rules need. */
export type ParametersOfEach<Rules extends readonly AnyAccessRule[]> = {
  [Index in keyof Rules]: ParametersOf<Rules[Index]>;
}[number];
/** At least two rules. */
export type SeveralRules = readonly [AnyAccessRule, AnyAccessRule, ...AnyAccessRule[]];

/** Audiences that the library itself hands out; a role of that name would be mistaken for them. */
export const reservedRoles: ReadonlySet<string> = new Set(["owner", "self"]);

/** Every owner rule in what is enforced, at whatever depth. */
export function ownersIn(rule: AnyAccessRule): readonly OwnerRule[] {
  switch (rule.kind) {
    case "owner":
      return [rule];
    case "step-up":
      return ownersIn(rule.rule);
    case "any-of":
    case "all-of":
      return rule.rules.flatMap(ownersIn);
    case "shadow":
      return ownersIn(rule.enforced);
    case "anonymous":
    case "authenticated":
    case "self":
    case "role":
    case "webhook":
      return [];
  }
}
