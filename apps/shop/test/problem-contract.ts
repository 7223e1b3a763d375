/** What every refusal must look like, on whatever way it came (design §4, RFC 9457, API8.V8, P9). */

import assert from "node:assert/strict";
import { z } from "zod";
import type { RunningShop } from "./running-shop.ts";

/** The members there are; no others (design §4). */
const members: ReadonlySet<string> = new Set(
  "type title status detail instance code errors request_id retry_after allow mfa_token methods max_age acr_values state allowed_steps".split(
    " ",
  ),
);

/** Words that only the inside knows: stacks, files, SQL, tables, drivers, addresses, versions. */
const inside =
  /\bat [\w.<>]+ \(|node_modules|file:\/\/|\.[cm]?[tj]s\b|\/(?:work|home|tmp|usr|var)\/|\b(?:select|insert into|update|delete from) |sekisho_|shop_(?:user|order|product)|relation "|column "|violates|syntax error|sqlstate|pglite|postgres|kysely|fastify|ioredis|undici|zod|ECONN|HPE_|127\.0\.0\.1|node\/?v?\d/i;

/** An answer as the checks see it. */
export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Fails unless the answer is a problem of the document; gives its code. */
export type AssertProblem = (refusal: Refusal, what?: string) => string;

/** Reads the contract of problems from the document that the shop itself publishes. */
export async function problemContract(running: RunningShop): Promise<AssertProblem> {
  const text = (await running.send("/openapi.json")).text;
  // Zod takes "uri-reference" for "uri"; the two references are compared with their text below.
  const document = JSON.parse(text.replaceAll(',"format":"uri-reference"', "")) as {
    components: { schemas: { Problem: Parameters<typeof z.fromJSONSchema>[0] } };
  };
  const contract = z.fromJSONSchema(document.components.schemas.Problem);
  return (refusal, what = "") => {
    const context = `${what} ${refusal.status} ${refusal.body}`;
    assert.equal(refusal.contentType, "application/problem+json", context);
    const body = JSON.parse(refusal.body) as Readonly<Record<string, unknown>>;
    const parsed = contract.safeParse(body);
    assert.ok(parsed.success, `${context} ${String(parsed.error)}`);
    for (const name of Object.keys(body)) assert.ok(members.has(name), `${name} in ${context}`);
    const code = String(body["code"]);
    assert.equal(body["type"], `/problems/${code}`, context);
    assert.equal(body["status"], refusal.status, context);
    assert.equal(body["instance"], `urn:uuid:${String(body["request_id"])}`, context);
    assert.doesNotMatch(refusal.body, inside, what);
    return code;
  };
}
