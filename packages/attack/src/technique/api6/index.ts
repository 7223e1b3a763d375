import type { Technique } from "../technique.ts";

/** Techniques of API6, in the order of the catalogue. */
export const api6Techniques: readonly Technique[] = [];
