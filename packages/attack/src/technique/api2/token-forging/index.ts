import type { Technique } from "../../technique.ts";

/** Techniques that forge tokens, in the order of the catalogue. */
export const tokenForgingTechniques: readonly Technique[] = [];
