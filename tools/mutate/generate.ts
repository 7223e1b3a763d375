/**
 * All mutants of a project: every operator at every place it finds.
 *
 * Promise: nothing is left out because something kills it, or because nothing does. Limits: only
 * what an operator knows to look for.
 *
 * @module
 */

import { makeMutant, type Mutant, type Operator } from "./mutant.ts";
import { accessOperators } from "./operators/access.ts";
import { authenticationOperators } from "./operators/authentication.ts";
import { boundOperators } from "./operators/bounds.ts";
import { egressOperators } from "./operators/egress.ts";
import { flowOperators } from "./operators/flow.ts";
import { hardeningOperators } from "./operators/hardening.ts";
import { inputOperators } from "./operators/input.ts";
import { inventoryOperators } from "./operators/inventory.ts";
import { outputOperators } from "./operators/output.ts";
import { passwordOperators } from "./operators/passwords.ts";
import { policyOperators } from "./operators/policies.ts";
import { quotaOperators } from "./operators/quota.ts";
import { wayOperators } from "./operators/way.ts";
import { webhookOperators } from "./operators/webhook.ts";
import { projectionOperators } from "./operators/projection.ts";
import type { Project } from "./source/source-text.ts";

/** Every operator. */
export const operators: readonly Operator[] = [
  ...accessOperators,
  ...policyOperators,
  ...inputOperators,
  ...outputOperators,
  ...projectionOperators,
  ...quotaOperators,
  ...boundOperators,
  ...flowOperators,
  ...egressOperators,
  ...webhookOperators,
  ...inventoryOperators,
  ...authenticationOperators,
  ...passwordOperators,
  ...hardeningOperators,
  ...wayOperators,
];

/**
 * The mutants, in the order of the operators.
 *
 * @throws Error when two have one id.
 */
export function generateMutants(
  project: Project,
  chosen: readonly Operator[] = operators,
): readonly Mutant[] {
  const mutants = new Map<string, Mutant>();
  for (const operator of chosen)
    for (const place of operator.find(project)) {
      const mutant = makeMutant(project, operator.name, place);
      if (mutants.has(mutant.id)) throw new Error(`two mutants are called ${mutant.id}`);
      mutants.set(mutant.id, mutant);
    }
  return [...mutants.values()];
}
