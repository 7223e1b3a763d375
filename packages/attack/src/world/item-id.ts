/**
 * Where the id of a new object stands in the answer that made it.
 *
 * @module
 */

import type { Resource } from "../document/operation.ts";
import { wordsOf } from "../oracle/sensitive.ts";
import type { Call, Exchange } from "../wire/exchange.ts";
import { parametersOfPath } from "./objects.ts";

/** Names under which an item may carry the value that stands in paths, best first. */
export function idNames(resource: Resource): readonly string[] {
  const parameter = parametersOfPath(resource.itemPath).at(-1) ?? resource.parameter;
  const name = wordsOf(resource.name);
  const camel = name.replaceAll(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
  const snake = name.replaceAll(" ", "_");
  const bare = ["id", "_id", "uuid", "guid", "ref", "reference", "slug", "key", "number", "code"];
  const own = [
    parameter,
    `${snake}_id`,
    `${camel}Id`,
    `${camel}ID`,
    `${snake}_uuid`,
    `${camel}Uuid`,
  ];
  // A parameter called {id} or {orderId} is most likely `id`; {username} is most likely itself.
  return [...new Set([...own, ...bare, `${snake}_number`, snake, "name", "title", "username"])];
}

/** The id that an object (an item of a list, say) carries. */
export function idIn(item: unknown, resource: Resource): string | undefined {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return undefined;
  const own = item as Readonly<Record<string, unknown>>;
  for (const name of idNames(resource)) {
    const value = scalar(own[name]);
    if (value !== undefined) return value;
  }
  return undefined;
}

function scalar(value: unknown): string | undefined {
  if (typeof value === "string" && value !== "" && value.length <= 200) return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
}

/** The id of what a call created: from the body, `Location`, or what the call itself named. */
export function createdId(exchange: Exchange, resource: Resource): string | undefined {
  const { answer, call } = exchange;
  if (answer === undefined) return undefined;
  const candidates = candidatesIn(answer.json, resource);
  // By name first: an id in the wrapper is worth more than a title inside.
  for (const name of idNames(resource))
    for (const candidate of candidates) {
      const value = scalar((candidate as Readonly<Record<string, unknown>>)[name]);
      if (value !== undefined) return value;
    }
  const location = answer.headers.find(([name]) => name.toLowerCase() === "location")?.[1];
  const last = location
    ?.replace(/[?#].*$/, "")
    .replace(/\/$/, "")
    .split("/")
    .at(-1);
  if (last !== undefined && last !== "") return decodeURIComponent(last);
  if (typeof answer.json === "string" || typeof answer.json === "number")
    return scalar(answer.json);
  return idIn(sentJson(call), resource);
}

/** The object itself and what it wraps: `{ data: { id } }`, `{ order: { id } }`. */
function candidatesIn(json: unknown, resource: Resource): readonly unknown[] {
  if (typeof json !== "object" || json === null) return [];
  if (Array.isArray(json)) return json.slice(0, 1);
  const own = json as Readonly<Record<string, unknown>>;
  const wrapped = [own[resource.name], own["data"], own["result"], own["item"]];
  const others = Object.values(own).filter(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  );
  return [...wrapped, own, ...others].filter((one) => typeof one === "object" && one !== null);
}

/** The JSON that a call sends. */
export function sentJson({ body }: Call): unknown {
  if (typeof body !== "string") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The items of a list answer: the array itself, or the first array of objects inside. */
export function itemsIn(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  if (typeof json !== "object" || json === null) return [];
  const values = Object.values(json);
  const list = values.find((value) => Array.isArray(value) && typeof value[0] === "object");
  if (Array.isArray(list)) return list;
  for (const value of values)
    if (typeof value === "object" && value !== null) {
      const inner: unknown = Object.values(value).find((one) => Array.isArray(one));
      if (Array.isArray(inner)) return inner;
    }
  return [];
}
