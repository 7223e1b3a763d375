/**
 * Who attacks whom, and who should be able to call what.
 *
 * @module
 */

import type { Operation } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";

/** Two principals of one role and tenant, neither an administrator: the second attacks the first. */
export function peersOf(
  principals: readonly Principal[],
): { readonly attacker: Principal; readonly victim: Principal } | undefined {
  const ordinary = principals.filter(({ administrator }) => !administrator);
  for (const victim of ordinary) {
    const attacker = ordinary.find(
      (one) => one !== victim && one.role === victim.role && one.tenant === victim.tenant,
    );
    if (attacker !== undefined) return { attacker, victim };
  }
  return undefined;
}

/** Who should be able to call an operation, best first. */
export function rightfulOf(
  { access, traits }: Operation,
  principals: readonly Principal[],
): readonly (Principal | undefined)[] {
  const ordinary = principals.filter(({ administrator }) => !administrator);
  const administrators = principals.filter(({ administrator }) => administrator);
  if (access.kind === "anonymous") return [undefined, ...ordinary, ...administrators];
  if (access.roles.length > 0) {
    const named = principals.filter(({ role }) => access.roles.includes(role));
    return named.length > 0 ? named : administrators;
  }
  if (traits.has("administrative")) return [...administrators, ...ordinary];
  const everybody = [...ordinary, ...administrators];
  return access.kind === "unsaid" || access.kind === "optional"
    ? [...everybody, undefined]
    : everybody;
}
