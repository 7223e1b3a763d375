import type { Technique } from "../../technique.ts";
import { computedMoney } from "./computed-money.ts";
import { foreignRelation } from "./foreign-relation.ts";
import { immutableProperty } from "./immutable-property.ts";
import {
  duplicateKeys,
  nestedProperty,
  operatorProperty,
  otherMediaType,
  otherSpelling,
} from "./other-carriers.ts";
import { overwritingCreate } from "./overwriting-create.ts";
import { pollutedPrototype } from "./polluted-prototype.ts";
import {
  privilegeProperty,
  stateProperty,
  unexpectedInChange,
  unexpectedInCreate,
  valueFromDomain,
} from "./unexpected-properties.ts";
import { unknownProperty } from "./unknown-property.ts";

/** Techniques that write what they may not, in the order of the catalogue. */
export const massAssignmentTechniques: readonly Technique[] = [
  unexpectedInCreate,
  unexpectedInChange,
  privilegeProperty,
  valueFromDomain,
  nestedProperty,
  foreignRelation,
  operatorProperty,
  otherMediaType,
  duplicateKeys,
  pollutedPrototype,
  otherSpelling,
  computedMoney,
  stateProperty,
  overwritingCreate,
  unknownProperty,
  immutableProperty,
];
