/**
 * What a declaration of an upstream must be like; a slip stops the start.
 *
 * Promise: every complaint names the upstream and the setting. Limits: whether the numbers are
 * wise is not judged.
 *
 * @module
 */

import { decideUrl } from "../egress/index.ts";
import type { UpstreamDeclaration, UpstreamEndpoints } from "./define-upstream.ts";

function requireWhole(subject: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new TypeError(`${subject} is ${value}, which is not a whole number of at least ${least}`);
}

function isTemplate(path: string): boolean {
  const [first, ...segments] = path.split("/");
  if (first !== "" || segments.length === 0) return false;
  if (segments.at(-1) === "*") segments.pop();
  return segments.every((segment) => /^(?::[A-Za-z]\w*|[\w.~-]*)$/.test(segment));
}

function requireEndpoints(name: string, endpoints: UpstreamEndpoints): void {
  for (const [called, endpoint] of Object.entries(endpoints)) {
    const subject = `endpoint ${called} of upstream ${name}`;
    if (!isTemplate(endpoint.path))
      throw new TypeError(`${subject} has the path ${JSON.stringify(endpoint.path)}`);
    requireWhole(`${subject}: timeoutMilliseconds`, endpoint.timeoutMilliseconds, 1);
    requireWhole(`${subject}: maximumBytes`, endpoint.maximumBytes, 1);
  }
}

/**
 * Checks a declaration.
 *
 * @throws TypeError that names what is wrong.
 */
export function requireDeclaration(
  name: string,
  declaration: UpstreamDeclaration<UpstreamEndpoints>,
): void {
  const { bulkhead, egress, endpoints, origin, retry } = declaration;
  const decision = decideUrl(`${origin}/`, egress.policy);
  if (decision.effect === "deny")
    throw new TypeError(`origin of upstream ${name} is refused by its egress: ${decision.reason}`);
  if (decision.url.origin !== origin)
    throw new TypeError(`origin of upstream ${name} is ${JSON.stringify(origin)}, not an origin`);
  if (Object.keys(endpoints).length === 0) throw new TypeError(`upstream ${name} has no endpoints`);
  requireEndpoints(name, endpoints);
  requireWhole(`retry.attempts of upstream ${name}`, retry.attempts, 1);
  if (!(retry.budget >= 0 && retry.budget <= 1))
    throw new TypeError(`retry.budget of upstream ${name} is ${retry.budget}, not between 0 and 1`);
  requireWhole(`bulkhead.concurrent of upstream ${name}`, bulkhead.concurrent, 1);
  requireWhole(`bulkhead.queued of upstream ${name}`, bulkhead.queued, 0);
}
