/**
 * The inventory: all endpoints with who answers for them and what protects them (OWASP API9:2023).
 *
 * Promise: derived from the declarations, so that it cannot forget one. Limits: hosts and
 * environments are the operator's to add.
 *
 * @module
 */

import type { EndpointDescription } from "./endpoint-description.ts";
import { lifecycleState, type LifecycleState } from "./lifecycle.ts";

/** One line of the inventory. */
export interface InventoryEntry {
  readonly method: string;
  readonly path: string;
  readonly team: string;
  readonly lifecycle: LifecycleState;
  readonly access: string;
  readonly quota: string;
}

/**
 * The inventory at `now` (milliseconds since 1970), sorted by path and then by method.
 *
 * @example
 * inventoryEntries(api.endpoints, clock.now());
 * // [{ method: "GET", path: "/api/orders", team: "commerce", lifecycle: "production", … }]
 */
export function inventoryEntries(
  endpoints: readonly EndpointDescription[],
  now: number,
): readonly InventoryEntry[] {
  return sortEndpoints(endpoints).map((endpoint) => ({
    method: endpoint.method,
    path: endpoint.path,
    team: endpoint.team,
    lifecycle: lifecycleState(endpoint.lifecycle, now),
    access: endpoint.access.text,
    quota: endpoint.quota.text,
  }));
}

/**
 * A copy in the one order that all documents use: by path, then by method, by code unit.
 *
 * @example
 * sortEndpoints([post, get])[0]; // get, when both have the same path
 */
export function sortEndpoints(
  endpoints: readonly EndpointDescription[],
): readonly EndpointDescription[] {
  return endpoints.toSorted(
    (a, b) => compareText(a.path, b.path) || compareText(a.method, b.method),
  );
}

// Not localeCompare: the order must not depend on the machine.
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
