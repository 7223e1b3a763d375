/**
 * Source files as text and tree: what the operators walk.
 *
 * @module
 */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  parseSync,
  visitorKeys,
  type CallExpression,
  type Function as FunctionNode,
  type Node,
  type ObjectExpression,
  type ObjectProperty,
  type Program,
} from "oxc-parser";

/** One file with its tree; positions of the tree are positions of the text. */
export interface SourceText {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
}

/** All files that mutants are made of. */
export interface Project {
  readonly root: string;
  readonly sources: readonly SourceText[];
  /** The file with this path. */
  source(path: string): SourceText;
}

/**
 * Parses one file.
 *
 * @throws SyntaxError when it is not TypeScript.
 */
export function parseSource(path: string, text: string): SourceText {
  const { errors, program } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${path}: ${error.message}`);
  return { path, text, program };
}

/** Reads the shop and the library that it stands on. */
export function readProject(root: string): Project {
  const paths = globSync(["apps/shop/src/*.ts", "packages/sekisho/src/**/*.ts"], { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
  const sources = paths.map((path) => parseSource(path, readFileSync(join(root, path), "utf8")));
  return {
    root,
    sources,
    source: (path) => {
      const found = sources.find((one) => one.path === path);
      if (found === undefined) throw new Error(`the project has no file ${path}`);
      return found;
    },
  };
}

/** The files of the shop. */
export function shopSources(project: Project): readonly SourceText[] {
  return project.sources.filter(({ path }) => path.startsWith("apps/shop/src/"));
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function childrenOf(node: Node): readonly Node[] {
  const fields = node as unknown as Readonly<Record<string, unknown>>;
  return (visitorKeys[node.type] ?? []).flatMap((key) => [fields[key]].flat().filter(isNode));
}

/** Every node under this one, itself first, in the order of the text. */
export function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesIn(child);
}

/** The text of a node. */
export function textOf(source: SourceText, { start, end }: { start: number; end: number }): string {
  return source.text.slice(start, end);
}

/** The line of a position, from 1. */
export function lineOf(source: SourceText, position: number): number {
  return source.text.slice(0, position).split("\n").length;
}

/** The name of what is called: `f` for `f()`, `g` for `a.b.g()`. */
export function calleeName({ callee }: CallExpression): string {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression") return "";
  return callee.property.type === "Identifier" ? callee.property.name : "";
}

/** Calls of these functions under a node. */
export function callsIn(node: Node, ...names: readonly string[]): readonly CallExpression[] {
  return [...nodesIn(node)]
    .filter((found) => found.type === "CallExpression")
    .filter((call) => names.includes(calleeName(call)));
}

/** The name of a property, when it is a plain one. */
export function keyOf(property: ObjectProperty): string | undefined {
  const { key } = property;
  if (property.computed) return undefined;
  if (key.type === "Identifier") return key.name;
  return key.type === "Literal" ? String(key.value) : undefined;
}

/** The plain properties of an object literal. */
export function propertiesOf(object: ObjectExpression): readonly ObjectProperty[] {
  return object.properties.filter((one) => one.type === "Property");
}

/** The properties of every object literal under a node. */
export function propertiesIn(node: Node): readonly ObjectProperty[] {
  return [...nodesIn(node)].flatMap((found) =>
    found.type === "ObjectExpression" ? propertiesOf(found) : [],
  );
}

/** The property with this name. */
export function propertyOf(object: ObjectExpression, name: string): ObjectProperty | undefined {
  return propertiesOf(object).find((property) => keyOf(property) === name);
}

/** The value of a literal text; `undefined` for everything else. */
export function literalText(node: Node | undefined): string | undefined {
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** The function or method with this name. */
export function functionNamed(source: SourceText, name: string): FunctionNode {
  for (const node of nodesIn(source.program)) {
    if (node.type === "FunctionDeclaration" && node.id?.name === name) return node;
    if (
      node.type === "MethodDefinition" &&
      (node.key.type === "Identifier" || node.key.type === "PrivateIdentifier") &&
      node.key.name === name
    )
      return node.value;
  }
  for (const property of propertiesIn(source.program))
    if (keyOf(property) === name && property.value.type === "FunctionExpression")
      return property.value;
  throw new Error(`${source.path} has no function ${name}`);
}
