/**
 * The declarations of the shop, read from its text: endpoints, schemas, tables.
 *
 * @module
 */

import type {
  CallExpression,
  Expression,
  Node,
  ObjectExpression,
  ObjectProperty,
} from "oxc-parser";
import {
  callsIn,
  keyOf,
  literalText,
  nodesIn,
  propertiesOf,
  propertyOf,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "./source-text.ts";

/** A node and the file it stands in. */
export interface Located<Found extends Node = Node> {
  readonly source: SourceText;
  readonly node: Found;
}

/** One `defineEndpoint({…})` of the shop. */
export interface DeclaredEndpoint {
  readonly source: SourceText;
  readonly object: ObjectExpression;
  /** "GET /api/orders"; what is no literal stands there as it is written. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** What it says itself. */
  readonly own: (property: string) => ObjectProperty | undefined;
  /** What it takes over by `...common`, with the object that says it. */
  readonly inherited: (property: string) => Located<ObjectProperty> | undefined;
}

/** Removes what wraps a value without changing it: `as const`, `satisfies`, parentheses. */
export function bare(node: Node): Node {
  const isWrapper =
    node.type === "TSAsExpression" ||
    node.type === "TSSatisfiesExpression" ||
    node.type === "ParenthesizedExpression";
  return isWrapper ? bare(node.expression) : node;
}

/** The value that a name stands for at the top level of the file, or of the file it comes from. */
export function valueOf(project: Project, source: SourceText, name: string): Located | undefined {
  for (const statement of source.program.body) {
    const declared =
      statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declared?.type === "VariableDeclaration")
      for (const { id, init } of declared.declarations)
        if (id.type === "Identifier" && id.name === name && init !== null)
          return { source, node: bare(init) };
    if (statement.type !== "ImportDeclaration" || !statement.source.value.startsWith("./"))
      continue;
    for (const specifier of statement.specifiers)
      if (specifier.local.name === name && specifier.type === "ImportSpecifier")
        return valueOf(
          project,
          project.source(
            new URL(statement.source.value, `file:///${source.path}`).pathname.slice(1),
          ),
          specifier.imported.type === "Identifier" ? specifier.imported.name : name,
        );
  }
  return undefined;
}

/** Follows a name to the value behind it; everything else is its own value. */
export function resolved(project: Project, source: SourceText, node: Node): Located {
  const plain = bare(node);
  const found = plain.type === "Identifier" ? valueOf(project, source, plain.name) : undefined;
  return found ?? { source, node: plain };
}

function spreadObjects(
  project: Project,
  source: SourceText,
  object: ObjectExpression,
): readonly Located<ObjectExpression>[] {
  return object.properties.flatMap((part) => {
    if (part.type !== "SpreadElement") return [];
    const { source: home, node } = resolved(project, source, part.argument);
    return node.type === "ObjectExpression" ? [{ source: home, node }] : [];
  });
}

function endpointOf(
  project: Project,
  source: SourceText,
  call: CallExpression,
): DeclaredEndpoint | undefined {
  const [object] = call.arguments;
  if (object?.type !== "ObjectExpression") return undefined;
  const written = (name: string): string => {
    const value = propertyOf(object, name)?.value;
    return literalText(value) ?? (value === undefined ? "" : `(${textOf(source, value)})`);
  };
  const method = written("method");
  const path = written("path");
  return {
    source,
    object,
    name: `${method} ${path}`,
    method,
    path,
    own: (property) => propertyOf(object, property),
    inherited: (property) => {
      for (const { source: home, node } of spreadObjects(project, source, object)) {
        const found = propertyOf(node, property);
        if (found !== undefined) return { source: home, node: found };
      }
      return undefined;
    },
  };
}

/** Every endpoint that the shop declares by `defineEndpoint`. */
export function endpointsOf(project: Project): readonly DeclaredEndpoint[] {
  return shopSources(project).flatMap((source) =>
    callsIn(source.program, "defineEndpoint")
      .map((call) => endpointOf(project, source, call))
      .filter((endpoint) => endpoint !== undefined),
  );
}

/** Object literals that several endpoints take over, by the name of their constant. */
export function sharedObjects(
  project: Project,
): readonly (Located<ObjectExpression> & { readonly name: string })[] {
  const found = new Map<ObjectExpression, Located<ObjectExpression> & { name: string }>();
  for (const { source, object } of endpointsOf(project))
    for (const part of object.properties) {
      if (part.type !== "SpreadElement" || part.argument.type !== "Identifier") continue;
      const { source: home, node } = resolved(project, source, part.argument);
      if (node.type === "ObjectExpression")
        found.set(node, { source: home, node, name: part.argument.name });
    }
  return [...found.values()];
}

/** The closed object behind a schema: the call of `z.strictObject`, through names and `.extend`. */
export function closedObject(
  project: Project,
  source: SourceText,
  node: Node,
): Located<CallExpression> | undefined {
  const { source: home, node: value } = resolved(project, source, node);
  if (value.type !== "CallExpression") return undefined;
  if (
    callsIn(value.callee, "strictObject").length === 0 &&
    textOf(home, value.callee) === "z.strictObject"
  )
    return { source: home, node: value };
  if (value.callee.type === "MemberExpression")
    return closedObject(project, home, value.callee.object);
  return undefined;
}

/** The object literal with the properties of a closed object. */
export function shapeOf(
  project: Project,
  { source, node }: Located<CallExpression>,
): Located<ObjectExpression> | undefined {
  const [argument] = node.arguments;
  if (argument === undefined) return undefined;
  const { source: home, node: shape } = resolved(project, source, argument);
  return shape.type === "ObjectExpression" ? { source: home, node: shape } : undefined;
}

/** Named schemas of a file and of those it imports from: `const X = z.strictObject({…})`. */
export function namesOfShape(shape: ObjectExpression): ReadonlySet<string> {
  return new Set(propertiesOf(shape).map((property) => keyOf(property) ?? ""));
}

/** A column of a table, with the type that the shop gives it. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** The columns of each table that requests reach, from the interface `ShopDatabase`. */
export function tablesOf(project: Project): ReadonlyMap<string, readonly Column[]> {
  const source = project.source("apps/shop/src/schema.ts");
  const interfaces = new Map<string, readonly Column[]>();
  for (const node of nodesIn(source.program)) {
    if (node.type !== "TSInterfaceDeclaration") continue;
    const columns = node.body.body.flatMap((member) =>
      member.type === "TSPropertySignature" &&
      member.key.type === "Identifier" &&
      member.typeAnnotation !== null &&
      member.typeAnnotation !== undefined
        ? [{ name: member.key.name, type: textOf(source, member.typeAnnotation.typeAnnotation) }]
        : [],
    );
    interfaces.set(node.id.name, columns);
  }
  const database = interfaces.get("ShopDatabase") ?? [];
  return new Map(database.map(({ name, type }) => [name, interfaces.get(type) ?? []]));
}

/** The schema text for a value of a column; `undefined` for what JSON has no value for. */
export function schemaTextOf({ type }: Column): string | undefined {
  if (type === "string" || type.startsWith("ColumnType<string")) return "z.string().max(4_096)";
  if (type === "number") return "z.int()";
  if (type === "number | null") return "z.int().nullable()";
  if (type === "string[]") return "z.array(z.string().max(64)).max(16)";
  if (/^("\w+"( \| )?)+$/.test(type)) return `z.enum([${type.replaceAll(" | ", ", ")}])`;
  return type === "OrderStatus" ? "z.string().max(32)" : undefined;
}

/** The handler of an endpoint. */
export function handlerOf(endpoint: DeclaredEndpoint): Expression | undefined {
  return endpoint.own("handle")?.value;
}
