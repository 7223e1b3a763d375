/**
 * The statements that bind a transaction to a principal.
 *
 * Promise: role and principal are transaction-local, so a pooled connection never carries one
 * person's rights to the next; every value is validated before it becomes text. Limits: internal.
 *
 * @module
 */

import { applicationRole, isId, systemRole, type Principal } from "../kernel/index.ts";

const safeName = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

function checked(value: string, what: string): string {
  if (!safeName.test(value)) throw new TypeError(`${what} cannot be bound to a transaction`);
  return value;
}

/** Opens a transaction as the principal, or as nobody. */
export function openAsPrincipal(principal: Principal | undefined): string {
  if (principal === undefined)
    return `BEGIN; SET LOCAL ROLE ${applicationRole}; SELECT set_config('sekisho.subject', '', true), set_config('sekisho.tenant', '', true), set_config('sekisho.roles', '', true)`;
  if (!isId(principal.subject)) throw new TypeError("a subject must be a UUID");
  const tenant = principal.tenant === undefined ? "" : checked(principal.tenant, "the tenant");
  const roles = [...principal.roles].map((role) => checked(role, "a role")).join(",");
  return `BEGIN; SET LOCAL ROLE ${applicationRole}; SELECT set_config('sekisho.subject', '${principal.subject}', true), set_config('sekisho.tenant', '${tenant}', true), set_config('sekisho.roles', '${roles}', true)`;
}

/** Opens a transaction for work that no person asked for. */
export const openAsSystem: string = `BEGIN; SET LOCAL ROLE ${systemRole}; SELECT set_config('sekisho.subject', '', true), set_config('sekisho.tenant', '', true), set_config('sekisho.roles', '', true)`;
