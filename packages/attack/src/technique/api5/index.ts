import type { Technique } from "../technique.ts";

/** Techniques of API5, in the order of the catalogue. */
export const api5Techniques: readonly Technique[] = [];
