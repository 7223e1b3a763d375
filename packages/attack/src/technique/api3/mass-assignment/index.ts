import type { Technique } from "../../technique.ts";

/** Techniques that write what they may not, in the order of the catalogue. */
export const massAssignmentTechniques: readonly Technique[] = [];
