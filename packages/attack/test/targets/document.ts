/**
 * Short forms for the documents of the targets. They only save lines: what a document says, or
 * forgets to say, is decided in the target.
 *
 * @module
 */

/** A node of a document. */
export type Node = Readonly<Record<string, unknown>>;

/** Frequent schemas. */
export const string: Node = { type: "string" };
export const integer: Node = { type: "integer" };
export const number: Node = { type: "number" };
export const boolean: Node = { type: "boolean" };
export const uuid: Node = { type: "string", format: "uuid" };

/** An array of something. */
export function list(items: Node): Node {
  return { type: "array", items };
}

/** An object; the names in `required`, split at blanks, must be there. */
export function object(properties: Node, required = ""): Node {
  const names = required.split(" ").filter((name) => name !== "");
  return { type: "object", properties, ...(names.length > 0 && { required: names }) };
}

/** A reference into the schemas of an OpenAPI 3 document. */
export function ref(name: string): Node {
  return { $ref: `#/components/schemas/${name}` };
}

/** The JSON body of a request. */
export function takes(schema: Node, example?: unknown): Node {
  const media = { schema, ...(example !== undefined && { example }) };
  return { requestBody: { required: true, content: { "application/json": media } } };
}

/** Answers by status: a schema, or only a sentence. */
export function gives(answers: Readonly<Record<string, Node | string>>): Node {
  const responses = Object.entries(answers).map(([status, answer]) => [
    status,
    typeof answer === "string"
      ? { description: answer }
      : { description: "OK", content: { "application/json": { schema: answer } } },
  ]);
  return { responses: Object.fromEntries(responses) as Node };
}

/** A parameter of the path. */
export function inPath(name: string, schema: Node = string): Node {
  return { name, in: "path", required: true, schema };
}

/** An optional parameter of the query. */
export function inQuery(name: string, schema: Node = string): Node {
  return { name, in: "query", required: false, schema };
}
