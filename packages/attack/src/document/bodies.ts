/**
 * Bodies of requests and answers, of both generations of the format.
 *
 * @module
 */

import { isNode, listOf, nodeOf, textOf, type Node } from "./node.ts";
import type { AnswerShape, BodyShape, Schema } from "./operation.ts";
import { exampleOf } from "./parameters.ts";

/** What an operation takes as its body; of several media types the one that is easiest to make. */
export function readBody(
  document: Node,
  operation: Node,
  declared: readonly Node[],
): BodyShape | undefined {
  const request = operation["requestBody"];
  if (isNode(request)) return requestBody(request);
  return swaggerBody(document, operation, declared);
}

function requestBody(request: Node): BodyShape | undefined {
  const content = Object.entries(nodeOf(request["content"]));
  // Without `content` some write the schema right here.
  if (content.length === 0 && isNode(request["schema"]))
    content.push(["application/json", request]);
  const [best] = content.toSorted(([one], [other]) => rank(one) - rank(other));
  if (best === undefined) return undefined;
  const [mediaType, shape] = best;
  const node = nodeOf(shape);
  const schema = nodeOf(node["schema"]);
  return {
    required: request["required"] !== false && request["required"] !== "false",
    mediaType: cleaned(mediaType),
    schema,
    example: parsedExample(exampleOf(node) ?? exampleOf(request) ?? exampleOf(schema)),
  };
}

/** Some write their example as a string of JSON. */
function parsedExample(example: unknown): unknown {
  if (typeof example !== "string" || !/^\s*[[{]/.test(example)) return example;
  try {
    return JSON.parse(example) as unknown;
  } catch {
    return example;
  }
}

/** JSON first, then forms, then anything else. */
function rank(mediaType: string): number {
  const order = [/^application\/json/i, /[/+]json/i, /x-www-form-urlencoded/i, /multipart/i, /^\*/];
  const place = order.findIndex((pattern) => pattern.test(mediaType));
  return place === -1 ? order.length : place;
}

function cleaned(mediaType: string): string {
  const bare = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  return bare === "" || bare.includes("*") ? "application/json" : bare;
}

function swaggerBody(
  document: Node,
  operation: Node,
  declared: readonly Node[],
): BodyShape | undefined {
  const consumes = listOf(operation["consumes"] ?? document["consumes"])
    .map((one) => cleaned(textOf(one)))
    .toSorted((one, other) => rank(one) - rank(other));
  const whole = declared.find((entry) => textOf(entry["in"]).toLowerCase() === "body");
  if (whole !== undefined) {
    const schema = nodeOf(whole["schema"]);
    const mediaType = consumes.find((one) => /json/.test(one)) ?? consumes[0] ?? "application/json";
    const example = parsedExample(exampleOf(whole) ?? exampleOf(schema));
    return { required: whole["required"] !== false, mediaType, schema, example };
  }
  const fields = declared.filter((entry) => /^form/i.test(textOf(entry["in"])));
  return fields.length === 0 ? undefined : formBody(fields, consumes);
}

function formBody(fields: readonly Node[], consumes: readonly string[]): BodyShape {
  const hasFile = fields.some((field) => field["format"] === "binary");
  const multipart = hasFile || consumes.includes("multipart/form-data");
  const properties: Record<string, Schema> = {};
  for (const { name, in: _place, required: _required, ...schema } of fields)
    properties[textOf(name)] = schema;
  const required = fields
    .filter((field) => field["required"] === true)
    .map((field) => textOf(field["name"]));
  const schema = { type: "object", properties, ...(required.length > 0 && { required }) };
  const mediaType = multipart ? "multipart/form-data" : "application/x-www-form-urlencoded";
  return { required: required.length > 0, mediaType, schema, example: undefined };
}

/** The declared answers; several media types of one status are several answers. */
export function readAnswers(document: Node, operation: Node): readonly AnswerShape[] {
  const produces = listOf(operation["produces"] ?? document["produces"]).map(textOf);
  return Object.entries(nodeOf(operation["responses"]))
    .filter(([status]) => !status.startsWith("x-"))
    .flatMap(([status, answer]) => answersOf(status.toUpperCase(), nodeOf(answer), produces));
}

function answersOf(
  written: string,
  answer: Node,
  produces: readonly string[],
): readonly AnswerShape[] {
  const status = written === "DEFAULT" ? "default" : written;
  const content = Object.entries(nodeOf(answer["content"]));
  if (content.length > 0)
    return content.map(([mediaType, shape]) => {
      const schema = nodeOf(shape)["schema"];
      return { status, mediaType: cleaned(mediaType), schema: isNode(schema) ? schema : undefined };
    });
  const schema = answer["schema"];
  if (!isNode(schema)) return [{ status, mediaType: undefined, schema: undefined }];
  return [{ status, mediaType: cleaned(produces[0] ?? ""), schema }];
}
