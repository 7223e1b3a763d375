import type { Technique } from "../technique.ts";

/** Techniques of API8, in the order of the catalogue. */
export const api8Techniques: readonly Technique[] = [];
