import type { Technique } from "../../technique.ts";
import { cachedAnswers } from "./cached-answers.ts";
import { chosenFields } from "./chosen-fields.ts";
import { echoedPassword } from "./echoed-password.ts";
import { filterOracle } from "./filter-oracle.ts";
import { otherRolesView } from "./other-roles-view.ts";
import { headersLeak, refusalsLeak, secretPatterns } from "./secret-patterns.ts";
import { sensitiveNames } from "./sensitive-names.ts";
import { strangersCanary } from "./strangers-canary.ts";
import { listTellsMore, undeclaredProperty } from "./undeclared-property.ts";
import { writeOnlyProperty } from "./write-only-property.ts";

/** Techniques that read what they may not, in the order of the catalogue. */
export const exposureTechniques: readonly Technique[] = [
  undeclaredProperty,
  writeOnlyProperty,
  sensitiveNames,
  strangersCanary,
  listTellsMore,
  chosenFields,
  filterOracle,
  otherRolesView,
  secretPatterns,
  refusalsLeak,
  headersLeak,
  echoedPassword,
  cachedAnswers,
];
