/**
 * Taking the input of a request: size, media type, JSON, contract (413, 415, 400, 422).
 *
 * Promise: nothing is read that is not declared; unknown names are refused wherever they stand.
 * Limits: internal to `http/`.
 *
 * @module
 */

import { parseJson } from "../contract/index.ts";
import { Problem, type FieldError } from "../kernel/index.ts";
import { announcesBody, readBody, requireJson, requireLength } from "./body.ts";
import { takeElementCost } from "./guards.ts";
import type { Passage } from "./passage.ts";

interface Refused {
  readonly errors: readonly FieldError[];
  readonly unknownNames?: boolean;
}

function invalid(refused: Refused): Problem {
  const reason = refused.unknownNames === true ? "unknown-names" : "contract";
  return new Problem("invalid-request", { errors: refused.errors }, { reason });
}

/** Takes query and body; answers without a promise where there is no body to read. */
export function takeInput(passage: Passage): Promise<void> | undefined {
  const { compiled, message } = passage;
  if (compiled.webhook !== undefined) return takeRawBody(passage, compiled.webhook.maximumBytes);
  if (compiled.endpoint.body !== undefined || announcesBody(message)) return takeBody(passage);
  takeQuery(passage);
  return undefined;
}

function takeQuery(passage: Passage): void {
  const { compiled, message } = passage;
  const target = message.url ?? "";
  const mark = target.indexOf("?");
  if (compiled.parseQuery === undefined) {
    if (mark >= 0 && mark < target.length - 1) throw invalid(unknownQuery(target.slice(mark + 1)));
    return;
  }
  const parsed = compiled.parseQuery(mark < 0 ? "" : target.slice(mark + 1));
  if (parsed.effect === "deny") throw invalid(parsed);
  passage.query = parsed.value;
}

/** An endpoint without a query contract knows no query parameter at all. */
function unknownQuery(search: string): Refused {
  const name = search.split("&")[0]?.split("=")[0] ?? "";
  const safe = /^[\w.-]{1,64}$/.test(name) ? name : "";
  return {
    errors: [{ pointer: `#/${safe}`, detail: "is not a parameter of this endpoint" }],
    unknownNames: true,
  };
}

async function takeRawBody(passage: Passage, limit: number): Promise<void> {
  const { message, response } = passage;
  requireLength(message, limit);
  requireJson(message);
  takeQuery(passage);
  passage.rawBody = await readBody(message, response, limit);
}

async function takeBody(passage: Passage): Promise<void> {
  const { compiled, message, response } = passage;
  requireLength(message, compiled.bodyBytes);
  requireJson(message);
  const bytes = await readBody(message, response, compiled.bodyBytes);
  passage.rawBody = bytes;
  if (compiled.parseBody === undefined) {
    refuseContent(bytes);
    takeQuery(passage);
    return;
  }
  const json = parseJson(bytes);
  if (json.effect === "deny") throw new Problem("malformed-body", {}, { reason: json.reason });
  takeQuery(passage);
  const parsed = compiled.parseBody(json.value, passage.audiences);
  if (parsed.effect === "deny") throw invalid(parsed);
  passage.body = parsed.value;
  await takeElementCost(passage);
}

/** Many clients send `{}` where nothing is asked for; anything more would go unread. */
function refuseContent(bytes: Uint8Array): void {
  if (bytes.byteLength === 0) return;
  const json = parseJson(bytes);
  if (json.effect === "deny") throw new Problem("malformed-body", {}, { reason: json.reason });
  const { value } = json;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const names = Object.keys(value);
    if (names.length === 0) return;
  }
  throw invalid({
    errors: [{ pointer: "#", detail: "must be absent or an empty object" }],
    unknownNames: true,
  });
}
