/**
 * What a request carried at a place, read back from its bytes.
 *
 * @module
 */

import { isNode } from "../document/node.ts";
import type { Operation } from "../document/operation.ts";
import type { Call } from "../wire/exchange.ts";

/** The value at a place such as "body:items/*\/id", "path:id" or "query:page"; `undefined` when there is none. */
export function sentValue(call: Call, operation: Operation, key: string): unknown {
  const cut = key.indexOf(":");
  const place = key.slice(cut + 1);
  switch (key.slice(0, cut)) {
    case "body":
      return inBody(call.body, place.split("/"));
    case "path":
      return inPath(call.path, operation.path, place);
    case "query":
      return new URLSearchParams(call.path.split("?")[1] ?? "").get(place) ?? undefined;
    default:
      return undefined;
  }
}

/** The body as a value; `undefined` when it is neither JSON nor a form. */
export function sentBody(body: Call["body"]): unknown {
  if (typeof body !== "string" || body === "") return undefined;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return /^[\w.%[\]-]+=/.test(body) ? Object.fromEntries(new URLSearchParams(body)) : undefined;
  }
}

function inBody(body: Call["body"], steps: readonly string[]): unknown {
  let value = sentBody(body);
  for (const step of steps) {
    if (step === "*") value = Array.isArray(value) ? (value[0] as unknown) : undefined;
    else value = isNode(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

function inPath(path: string, template: string, name: string): unknown {
  const sent = (path.split("?")[0] ?? "").split("/");
  const written = template.split("/");
  // The base path stands in front, so the ends are compared.
  const index = written.indexOf(`{${name}}`);
  const found = index === -1 ? undefined : sent.at(index - written.length);
  try {
    return found === undefined ? undefined : decodeURIComponent(found);
  } catch {
    return found;
  }
}
