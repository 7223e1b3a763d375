import type { Technique } from "../technique.ts";
import { exposureTechniques } from "./exposure/index.ts";
import { massAssignmentTechniques } from "./mass-assignment/index.ts";

/** Techniques of API3, in the order of the catalogue. */
export const api3Techniques: readonly Technique[] = [
  ...massAssignmentTechniques,
  ...exposureTechniques,
];
