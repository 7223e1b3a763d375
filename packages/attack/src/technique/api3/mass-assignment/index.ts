import type { Technique } from "../../technique.ts";
import {
  computedMoney,
  privilegeProperty,
  stateProperty,
  unexpectedInChange,
  unexpectedInCreate,
  valueFromDomain,
} from "./unexpected-properties.ts";

/** Techniques that write what they may not, in the order of the catalogue. */
export const massAssignmentTechniques: readonly Technique[] = [
  unexpectedInCreate,
  unexpectedInChange,
  privilegeProperty,
  valueFromDomain,
  computedMoney,
  stateProperty,
];
