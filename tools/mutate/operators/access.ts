/**
 * Taking access rules away, and replacing them by weaker ones (API1, API2, API5).
 *
 * @module
 */

import type { CallExpression, Node, ObjectProperty } from "oxc-parser";
import type { Operator, Place, Risk } from "../mutant.ts";
import { bare, endpointsOf, sharedObjects, type DeclaredEndpoint } from "../source/declarations.ts";
import { addProperty, importing, remove, replace } from "../source/edit.ts";
import {
  calleeName,
  propertyOf,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";

/** What a rule defends against. */
const riskOfRule: Readonly<Record<string, Risk>> = {
  owner: "API1",
  self: "API1",
  role: "API5",
  authenticated: "API2",
  stepUp: "API2",
  webhook: "API10",
  anonymous: "API5",
};

function riskOf(rule: Node): Risk {
  return (rule.type === "CallExpression" && riskOfRule[calleeName(rule)]) || "API5";
}

function* withoutRule(project: Project): Iterable<Place> {
  for (const { source, name, own } of endpointsOf(project)) {
    const access = own("access");
    if (access === undefined) continue;
    const edits = [remove(source, access)];
    const position = access.start;
    yield { subject: name, risk: riskOf(access.value), source, position, edits };
  }
  for (const { source, node, name } of sharedObjects(project)) {
    const access = propertyOf(node, "access");
    if (access === undefined) continue;
    const edits = [remove(source, access)];
    const subject = `${source.path.split("/").at(-1) ?? ""} ${name}`;
    yield { subject, risk: riskOf(access.value), source, position: access.start, edits };
  }
}

/** The next weaker rule, as text, with the names it needs; `undefined` when there is none. */
function weaker(
  source: SourceText,
  rule: CallExpression,
): { readonly text: string; readonly names: readonly string[] } | undefined {
  const [inner] = rule.arguments;
  switch (calleeName(rule)) {
    case "owner":
    case "self":
    case "role":
      return { text: "authenticated()", names: ["authenticated"] };
    case "authenticated":
    case "webhook":
      return { text: 'anonymous("mutant")', names: ["anonymous"] };
    case "stepUp":
      return inner === undefined ? undefined : { text: textOf(source, inner), names: [] };
    default:
      return undefined;
  }
}

interface Rule {
  readonly source: SourceText;
  readonly rule: Node;
  /** What stands in the endpoint itself. */
  readonly own: ObjectProperty | undefined;
}

function ruleOf({ source, own, inherited }: DeclaredEndpoint): Rule | undefined {
  const access = own("access");
  if (access !== undefined) return { source, rule: bare(access.value), own: access };
  const taken = inherited("access");
  if (taken === undefined) return undefined;
  return { source: taken.source, rule: bare(taken.node.value), own: undefined };
}

function weakened(endpoint: DeclaredEndpoint): Place | undefined {
  const { source, object, name } = endpoint;
  const found = ruleOf(endpoint);
  if (found?.rule.type !== "CallExpression") return undefined;
  const next = weaker(found.source, found.rule);
  if (next === undefined) return undefined;
  const edit =
    found.own === undefined
      ? addProperty(source, object, `access: ${next.text}`)
      : replace(source, found.own.value, next.text);
  const edits = [edit, ...importing(source, "sekisho/authorization", ...next.names)];
  return { subject: name, risk: riskOf(found.rule), source, position: edit.start, edits };
}

/** Operators on access rules. */
export const accessOperators: readonly Operator[] = [
  {
    name: "access-deleted",
    what: "takes the access rule of an endpoint away",
    find: withoutRule,
  },
  {
    name: "access-weakened",
    what: "replaces the access rule of an endpoint by the next weaker one",
    find: (project) =>
      endpointsOf(project)
        .map(weakened)
        .filter((place) => place !== undefined),
  },
];
