import type { Technique } from "../technique.ts";
import { addedOwnerParameter, anotherTenant } from "./added-owner-parameter.ts";
import {
  actionOnAnothersObject,
  changeOfAnothersObject,
  removalOfAnothersObject,
} from "./change-of-anothers-object.ts";
import { listNotScoped, listScopedByClient } from "./lists.ts";
import { nestedParents } from "./nested-parents.ts";
import { readBelowAnothersItem, readOfAnothersObject } from "./read-of-anothers-object.ts";

/** Techniques of API1, in the order of the catalogue. */
export const api1Techniques: readonly Technique[] = [
  readOfAnothersObject,
  changeOfAnothersObject,
  removalOfAnothersObject,
  actionOnAnothersObject,
  nestedParents,
  readBelowAnothersItem,
  listScopedByClient,
  listNotScoped,
  addedOwnerParameter,
  anotherTenant,
];
