/**
 * What an operation does or is, inferred from method, path, words, tags and properties.
 *
 * Limits: inference. A technique that rests on a trait still has to prove what it says.
 *
 * @module
 */

import { cluesOf, type Clues, type Described } from "./clues.ts";
import { isNode, listOf, nodeOf, textOf } from "./node.ts";
import type { Schema, Trait } from "./operation.ts";
import { accountTraits } from "./traits-of-accounts.ts";
import { isAdministrative } from "./traits-of-administration.ts";
import { fetchesUrl, isDestructive, isMoney, isWebhook } from "./traits-of-effects.ts";
import { isPlural, wordsOf } from "./words.ts";

/**
 * Infers the traits of an operation. `hasItem` tells whether the document has items below a path.
 */
export function inferTraits(
  operation: Described,
  hasItem: (collectionPath: string) => boolean,
): ReadonlySet<Trait> {
  const clues = cluesOf(operation);
  const traits = new Set<Trait>(accountTraits(clues));
  const account = ["sign-in", "refresh", "sign-out", "reset-password"] as const;
  const about = account.some((trait) => traits.has(trait));
  const webhook = isWebhook(clues);
  if (webhook) traits.add("webhook");
  if (!about && !webhook) for (const trait of verbTraits(clues, hasItem)) traits.add(trait);
  if (about || webhook) traits.add("acts");
  if (isAdministrative(clues, traits)) traits.add("administrative");
  if (traits.has("administrative") && !/sign.?up|regist/.test(clues.last))
    traits.delete("register");
  if (isMoney(clues)) traits.add("money");
  if (isDestructive(clues, traits)) traits.add("destructive");
  if (!webhook && fetchesUrl(clues)) traits.add("fetches-url");
  if (isUpload(clues)) traits.add("upload");
  if (isHealth(clues)) traits.add("health");
  if (isDocumentation(clues)) traits.add("documentation");
  return traits;
}

function verbTraits(clues: Clues, hasItem: (path: string) => boolean): readonly Trait[] {
  const searches = isSearch(clues) ? (["searches"] as const) : [];
  switch (clues.method) {
    case "GET":
    case "HEAD":
      return [...searches, isList(clues, hasItem) ? "lists" : "reads"];
    case "DELETE":
      return ["removes"];
    case "PUT":
      return [putsNew(clues, hasItem) ? "creates" : "changes"];
    case "PATCH":
      return ["changes"];
    case "POST":
      return searches.length > 0 ? searches : [postTrait(clues, hasItem)];
    case "OPTIONS":
    case "TRACE":
      return [];
  }
}

/** `PUT` on a collection makes a new item when the document says so. */
function putsNew({ path, answers, text }: Clues, hasItem: (path: string) => boolean): boolean {
  const says =
    answers.some(({ status }) => status === "201") || /\b(create|add|new)s?\b/.test(text);
  return hasItem(path) && says;
}

const removing = /^(delete|remove|destroy|erase|trash)$/;
const changing = /^(update|edit|modify|change|rename|save)$/;
const creating = /^(create|add|new|insert)$/;

function postTrait(clues: Clues, hasItem: (path: string) => boolean): Trait {
  const verb = clues.segments.at(-1) ?? "";
  const [firstWord = ""] = wordsOf(verb);
  if (removing.test(firstWord)) return "removes";
  if (changing.test(firstWord)) return "changes";
  if (creating.test(firstWord)) return "creates";
  if (clues.endsInParameter) return changing.test(clues.idWords[0] ?? "") ? "changes" : "acts";
  const collection = hasItem(clues.path) || isPlural(wordsOf(verb).at(-1) ?? "");
  const says =
    creating.test(clues.idWords[0] ?? "") || clues.answers.some(({ status }) => status === "201");
  return collection || says || /sign.?up|regist/.test(clues.last) ? "creates" : "acts";
}

function isSearch({ segments, fields, endsInParameter, method }: Clues): boolean {
  const last = wordsOf(segments.at(-1) ?? "");
  if (
    !endsInParameter &&
    last.some((word) => /^(search|find|query|lookup|filter|suggest|autocomplete)$/.test(word))
  )
    return true;
  const asks = fields.some(
    ({ name, place }) =>
      place === "query" && /^(q|query|search|keywords?|term|search_?term)$/i.test(name),
  );
  return method === "GET" && !endsInParameter && asks;
}

function isList(clues: Clues, hasItem: (path: string) => boolean): boolean {
  if (clues.endsInParameter) return false;
  const shown = clues.answers
    .filter(({ status }) => status.startsWith("2"))
    .map(({ schema }) => schema)
    .find((schema) => schema !== undefined);
  if (shown !== undefined && listOf(shown["type"]).includes("array")) return true;
  if (hasItem(clues.path)) return true;
  const [before = "", end = ""] = clues.segments.slice(-2);
  const several = isPlural(wordsOf(before).at(-1) ?? "");
  if (/^(all|list)$/.test(end) || (several && /^(recent|mine|my|latest)$/.test(end))) return true;
  if (shown !== undefined && holdsList(shown)) return true;
  const pages = clues.fields.some(
    ({ name, place }) =>
      place === "query" &&
      /^(page|limit|offset|cursor|per_?page|page_?size|skip|take)$/i.test(name),
  );
  return pages || isPlural(wordsOf(clues.segments.at(-1) ?? "").at(-1) ?? "");
}

/** An envelope around a list: few properties, one of which is an array of objects. */
function holdsList(schema: Schema): boolean {
  const properties = Object.values(nodeOf(schema["properties"]));
  const lists = properties.filter(
    (one) => isNode(one) && listOf(one["type"]).map(textOf).includes("array"),
  );
  return lists.length === 1 && properties.length <= 6;
}

function isUpload({ body, last, fields }: Clues): boolean {
  return (
    (body?.mediaType.startsWith("multipart/") ?? false) ||
    body?.mediaType === "application/octet-stream" ||
    fields.some(({ schema }) => schema["format"] === "binary") ||
    (body !== undefined && /(^|-)upload(s)?(-|$)/.test(last))
  );
}

function isHealth({ method, segments, last }: Clues): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  if (
    /^(health|healthz|health-?check|livez|readyz|ping|heartbeat|alive|liveness|readiness|live|ready|up)$/.test(
      last,
    )
  )
    return segments.length <= 3;
  return segments.length === 1 && /^(status|_status|_health)$/.test(last);
}

function isDocumentation({ method, segments, path }: Clues): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  if (/\/(openapi|swagger)[\w-]*\.(json|ya?ml)$/i.test(path)) return true;
  return /^(docs|api-docs|apidocs|swagger|swagger-ui|swagger\.json|redoc|scalar|openapi|openapi\.json|openapi\.yaml)$/.test(
    segments[0] ?? "",
  );
}
