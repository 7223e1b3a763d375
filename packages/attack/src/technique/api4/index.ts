import type { Technique } from "../technique.ts";

/** Techniques of API4, in the order of the catalogue. */
export const api4Techniques: readonly Technique[] = [];
