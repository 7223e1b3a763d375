/**
 * Faults of endpoints that share one allowance (OWASP API4:2023).
 *
 * Promise: what says it is counted together is counted together; two limits, or two ways to count,
 * under one name would be two allowances. Limits: endpoints without a whole access rule are judged
 * elsewhere.
 *
 * @module
 */

import { operationIdOf, quotaOf } from "./compile-endpoint.ts";
import type { Endpoint } from "./define-endpoint.ts";

interface Counting {
  readonly name: string;
  readonly limit: string;
  readonly key: string;
}

/** The faults, one sentence each. */
export function sharedQuotaFaults(endpoints: readonly Endpoint[]): readonly string[] {
  const faults: string[] = [];
  const operations = new Set(endpoints.map(({ method, path }) => operationIdOf(method, path)));
  const known = new Map<string, Counting>();
  for (const endpoint of endpoints) {
    const { quota } = endpoint;
    if (typeof quota === "string" || quota.sharedAs === undefined) continue;
    const name = `${endpoint.method} ${endpoint.path}`;
    const { key, limit, sharedAs } = quotaOf(endpoint);
    if (operations.has(sharedAs))
      faults.push(`${name}: shares its quota under ${sharedAs}, the name of an operation`);
    const first = known.get(sharedAs) ?? { name, limit, key };
    known.set(sharedAs, first);
    if (first.limit !== limit || first.key !== key)
      faults.push(`${name}: shares ${sharedAs} with ${first.name}, which counts otherwise`);
  }
  return faults;
}
