import type { Technique } from "../technique.ts";

/** Techniques of API1, in the order of the catalogue. */
export const api1Techniques: readonly Technique[] = [];
