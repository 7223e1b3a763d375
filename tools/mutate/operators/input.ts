/**
 * Taking input contracts away, opening them, and letting clients write what the service decides
 * (API3).
 *
 * @module
 */

import type { CallExpression, Node, ObjectExpression, ObjectProperty } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import {
  closedObject,
  endpointsOf,
  handlerOf,
  namesOfShape,
  schemaTextOf,
  shapeOf,
  tablesOf,
  type Column,
  type DeclaredEndpoint,
  type Located,
} from "../source/declarations.ts";
import { addProperty, remove, replace, replaceValue, type Edit } from "../source/edit.ts";
import {
  calleeName,
  callsIn,
  keyOf,
  literalText,
  nodesIn,
  propertiesOf,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";

const risk = "API3";
const inputs = ["body", "query"] as const;

function* deletedInputs(project: Project): Iterable<Place> {
  for (const { source, name, own } of endpointsOf(project))
    for (const variant of inputs) {
      const input = own(variant);
      if (input === undefined) continue;
      const edits = [remove(source, input)];
      yield { subject: name, variant, risk, source, position: input.start, edits };
    }
}

function* openedInputs(project: Project): Iterable<Place> {
  const seen = new Set<CallExpression>();
  for (const endpoint of endpointsOf(project))
    for (const variant of inputs) {
      const input = endpoint.own(variant);
      if (input === undefined) continue;
      const closed = closedObject(project, endpoint.source, input.value);
      // Several endpoints may share a contract: one change, one mutant.
      if (closed === undefined || seen.has(closed.node)) continue;
      seen.add(closed.node);
      const { source, node } = closed;
      const edits = [replace(source, node.callee, "z.looseObject")];
      yield { subject: endpoint.name, variant, risk, source, position: node.start, edits };
    }
}

/** Object literals that a handler hands on to be stored: arguments of calls, and typed rows. */
function* writtenObjects(source: SourceText, handler: Node): Iterable<ObjectExpression> {
  for (const node of nodesIn(handler)) {
    if (node.type === "CallExpression" && calleeName(node) !== "reply")
      for (const argument of node.arguments)
        if (argument.type === "ObjectExpression") yield argument;
    if (node.type === "VariableDeclarator" && node.init?.type === "ObjectExpression") {
      const type = node.id.typeAnnotation;
      if (type !== null && type !== undefined && textOf(source, type).endsWith("Row"))
        yield node.init;
    }
  }
}

function mentions(source: SourceText, node: Node, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(textOf(source, node));
}

interface Writing {
  readonly source: SourceText;
  readonly handler: Node;
  readonly shape: Located<ObjectExpression>;
  readonly known: ReadonlySet<string>;
}

interface WritableProperty {
  readonly name: string;
  readonly position: number;
  readonly edits: readonly Edit[];
}

function opening({ shape }: Writing, column: Column): Edit | undefined {
  const schema = schemaTextOf(column);
  if (schema === undefined) return undefined;
  return addProperty(shape.source, shape.node, `${column.name}: ${schema}.optional()`);
}

/** The columns of the table that an object has most names of. */
function columnsOf(project: Project, object: ObjectExpression): readonly Column[] {
  const names = namesOfShape(object);
  const shared = (columns: readonly Column[]): number =>
    columns.filter(({ name }) => names.has(name)).length;
  const [most = []] = [...tablesOf(project).values()].toSorted(
    (one, other) => shared(other) - shared(one),
  );
  return shared(most) > 0 ? most : [];
}

/** What the service decides and a client could: a column whose value does not come from the body. */
function decided(
  writing: Writing,
  property: ObjectProperty,
  columns: readonly Column[],
): WritableProperty | undefined {
  const { source, known } = writing;
  const name = keyOf(property) ?? "";
  const column = columns.find((one) => one.name === name);
  if (column === undefined || known.has(name) || property.shorthand) return undefined;
  const value = textOf(source, property.value);
  const open = opening(writing, column);
  if (open === undefined || mentions(source, property.value, "body")) return undefined;
  const edits = [open, replaceValue(source, property, `(body.${name} ?? ${value}) as never`)];
  return { name, position: property.start, edits };
}

/** The columns of the table that `updateTable("…").set({…})` changes. */
function updatedTable(handler: Node, object: ObjectExpression): string | undefined {
  const [set] = callsIn(handler, "set").filter(({ arguments: [first] }) => first === object);
  if (set?.callee.type !== "MemberExpression") return undefined;
  const [update] = callsIn(set.callee.object, "updateTable");
  return literalText(update?.arguments[0]);
}

function* addable(
  writing: Writing,
  object: ObjectExpression,
  columns: readonly Column[],
): Iterable<WritableProperty> {
  const present = namesOfShape(object);
  for (const column of columns) {
    const { name } = column;
    const open = opening(writing, column);
    // The key of a row is what it is found by, and no property of it.
    if (open === undefined || present.has(name) || name === "id") continue;
    const addition = `...(body.${name} !== undefined && { ${name}: body.${name} })`;
    const edits = [open, addProperty(writing.source, object, addition)];
    yield { name, position: object.start, edits };
  }
}

function writingOf(project: Project, endpoint: DeclaredEndpoint): Writing | undefined {
  const { source, own } = endpoint;
  const body = own("body");
  const handler = handlerOf(endpoint);
  const closed = body === undefined ? undefined : closedObject(project, source, body.value);
  const shape = closed === undefined ? undefined : shapeOf(project, closed);
  if (shape === undefined || handler === undefined) return undefined;
  return { source, handler, shape, known: namesOfShape(shape.node) };
}

function* writableProperties(project: Project): Iterable<Place> {
  for (const endpoint of endpointsOf(project)) {
    const writing = writingOf(project, endpoint);
    if (writing === undefined) continue;
    const { source, handler } = writing;
    const found = new Map<string, WritableProperty>();
    for (const object of writtenObjects(source, handler)) {
      const table = tablesOf(project).get(updatedTable(handler, object) ?? "");
      const additions = table === undefined ? [] : addable(writing, object, table);
      const columns = columnsOf(project, object);
      const decisions = propertiesOf(object).map((one) => decided(writing, one, columns));
      for (const property of [...additions, ...decisions])
        if (property !== undefined && !found.has(property.name)) found.set(property.name, property);
    }
    for (const { name, position, edits } of found.values())
      yield { subject: endpoint.name, variant: name, risk, source, position, edits };
  }
}

/** Operators on input contracts. */
export const inputOperators: readonly Operator[] = [
  {
    name: "input-deleted",
    what: "takes the contract of a body or query away",
    find: deletedInputs,
  },
  {
    name: "input-opened",
    what: "lets a body or query have any further property",
    find: openedInputs,
  },
  {
    name: "property-writable",
    what: "lets clients write a column that the service decides",
    find: writableProperties,
  },
];
