/** Messages as text, and what every answer to them must carry (design §4, requirements 4.8). */

import assert from "node:assert/strict";
import { checkHeader } from "sekisho/hardening";
import type { RawAnswer } from "./raw-exchange.ts";

const apiPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** What every answer carries, whatever its status. */
const always = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
} as const;

const never =
  /^(?:server|x-powered-by|via|x-xss-protection|expect-ct|access-control-.*|set-cookie)$/;

/** A message to be written to a bare socket. */
export interface Message {
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
  readonly fields?: readonly string[];
  readonly version?: string;
}

/** The message as it goes over the wire. */
export function textOf({
  method = "GET",
  path,
  token,
  body,
  fields = [],
  version = "1.1",
}: Message): string {
  const lines = [
    `${method} ${path} HTTP/${version}`,
    "host: shop.example",
    "connection: close",
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...(body === undefined
      ? []
      : ["content-type: application/json", `content-length: ${body.length}`]),
    ...fields,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** The value of a header field. */
export function fieldOf(answer: RawAnswer, name: string): string | undefined {
  return answer.fields.find(([known]) => known === name)?.[1];
}

/** Fails unless the answer carries every header of hardening once, each well-formed, and no chatter. */
export function assertHeaders(
  answer: RawAnswer,
  what: string,
  { tls = false, policy = apiPolicy } = {},
): void {
  const names = answer.fields.map(([name]) => name);
  assert.deepEqual(names, [...new Set(names)], `${what}: no field comes twice`);
  for (const [name, value] of answer.fields) {
    assert.deepEqual(checkHeader(name, value), { effect: "allow" }, `${what}: ${name}: ${value}`);
    assert.doesNotMatch(name, never, what);
  }
  for (const [name, value] of Object.entries(always))
    assert.equal(fieldOf(answer, name), value, `${what}: ${name}`);
  assert.equal(fieldOf(answer, "content-security-policy"), policy, what);
  assert.ok(fieldOf(answer, "permissions-policy")?.includes("geolocation=()"), what);
  assert.equal(
    fieldOf(answer, "strict-transport-security"),
    tls ? "max-age=63072000; includeSubDomains" : undefined,
    what,
  );
  if (answer.body !== "") assert.ok(fieldOf(answer, "content-type"), `${what}: content-type`);
}
