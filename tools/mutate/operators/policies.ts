/**
 * Widening who owns a row, and taking row-level policies away (API1).
 *
 * The shop's own predicates are widened where they are declared. A policy is taken away where the
 * library writes it, table by table: the shop declares a policy or no grant, so a table with a grant
 * and no policy can only come from there.
 *
 * @module
 */

import type { ArrayExpression, ObjectExpression } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import { bare } from "../source/declarations.ts";
import { importing, insert, replace } from "../source/edit.ts";
import {
  callsIn,
  functionNamed,
  literalText,
  nodesIn,
  propertyOf,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";

const risk = "API1";
const predicates = "sekisho/authorization";

function* widerOwners(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const call of callsIn(source.program, "defineResource")) {
      const [name, declaration] = call.arguments;
      if (declaration?.type !== "ObjectExpression") continue;
      const owner = propertyOf(declaration, "owner");
      if (owner === undefined) continue;
      const subject = literalText(name) ?? "resource";
      const position = owner.start;
      const wider = {
        everyone: { text: "everyone()", names: ["everyone"] },
        "or-user": {
          text: `or(${textOf(source, owner.value)}, principalRole("user"))`,
          names: ["or", "principalRole"],
        },
      };
      for (const [variant, { text, names }] of Object.entries(wider)) {
        const edits = [
          replace(source, owner.value, text),
          ...importing(source, predicates, ...names),
        ];
        yield { subject, variant, risk, source, position, edits };
      }
    }
}

interface DeclaredPolicy {
  readonly source: SourceText;
  readonly object: ObjectExpression;
  readonly table: string;
}

/** The elements of the lists that are typed as policies. */
function policiesOf(project: Project): readonly DeclaredPolicy[] {
  const lists: { source: SourceText; list: ArrayExpression }[] = [];
  for (const source of shopSources(project))
    for (const node of nodesIn(source.program)) {
      if (node.type !== "VariableDeclarator" || node.init === null) continue;
      const { id } = node;
      const type = id.typeAnnotation;
      if (type === null || type === undefined || !textOf(source, type).includes("PolicyOptions"))
        continue;
      const list = bare(node.init);
      if (list.type === "ArrayExpression") lists.push({ source, list });
    }
  return lists.flatMap(({ source, list }) =>
    list.elements.flatMap((object) => {
      if (object?.type !== "ObjectExpression") return [];
      const table = literalText(propertyOf(object, "table")?.value);
      return table === undefined ? [] : [{ source, object, table }];
    }),
  );
}

function* widerPolicies(project: Project): Iterable<Place> {
  for (const { source, object, table } of policiesOf(project))
    for (const variant of ["read", "write"]) {
      const predicate = propertyOf(object, variant);
      if (predicate === undefined || textOf(source, predicate.value) === "everyone()") continue;
      const edits = [
        replace(source, predicate.value, "everyone()"),
        ...importing(source, predicates, "everyone"),
      ];
      yield { subject: table, variant, risk, source, position: predicate.start, edits };
    }
}

function* droppedPolicies(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/authorization/policies.ts");
  const { body } = functionNamed(source, "toPolicies");
  if (body === null) return;
  const position = body.start + 1;
  const grant =
    "`GRANT SELECT, INSERT, UPDATE, DELETE ON ${quoteName(options.table)} TO ${systemRole}`";
  for (const { table } of policiesOf(project)) {
    const early = `if (options.table === "${table}") return [...grantsOf(options), ${grant}, ""].join(";\\n");`;
    const edits = [insert(source, position, ` ${early}`)];
    yield { subject: table, risk, source, position, edits };
  }
}

function* hollowPolicies(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/flow/flow-sql.ts");
  const { body } = functionNamed(source, "flowEventsTableSql");
  if (body === null) return;
  for (const node of nodesIn(body))
    if (node.type === "VariableDeclarator" && node.init !== null && node.id.type === "Identifier")
      if (node.id.name === "visible") {
        const edits = [replace(source, node.init, '"true"')];
        yield { subject: "events of a flow", risk, source, position: node.start, edits };
      }
}

/** Operators on owners and policies. */
export const policyOperators: readonly Operator[] = [
  {
    name: "owner-widened",
    what: "lets a resource belong to more principals than its owner",
    find: widerOwners,
  },
  {
    name: "policy-widened",
    what: "lets a row-level policy hold for everybody",
    find: widerPolicies,
  },
  {
    name: "policy-dropped",
    what: "leaves a table with its grants and without row-level security",
    find: droppedPolicies,
  },
  {
    name: "events-policy-widened",
    what: "shows everybody the events of every row",
    find: hollowPolicies,
  },
];
