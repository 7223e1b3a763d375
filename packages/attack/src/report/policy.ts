/**
 * The rule that a finding breaks, in the words of the document where it has any.
 *
 * @module
 */

import type { ApiDocument } from "../document/operation.ts";
import type { Technique } from "../technique/technique.ts";

/** The rule that a hit of this technique at this target breaks. */
export function policyOf(
  document: ApiDocument,
  target: string,
  { risk, title }: Technique,
): string {
  const operation = document.operations.find(({ key }) => key === target);
  if (operation === undefined) return `${target || "the API"}: not in the document`;
  const { access, quota, step } = operation;
  switch (risk) {
    case "API1":
    case "API2":
    case "API3":
    case "API5":
      return `access of ${target}: ${access.words}`;
    case "API4":
      return quota === undefined
        ? `${target} declares no quota`
        : `quota of ${target}: ${quota.windows.map(({ limit, seconds }) => `${limit} in ${seconds} s`).join(", ")}`;
    case "API6":
      return step === undefined
        ? title
        : `step ${step.name} of ${step.flow}: from ${step.from.join(" or ")} to ${step.to}`;
    case "API7":
    case "API8":
    case "API9":
    case "API10":
      return title;
  }
}
