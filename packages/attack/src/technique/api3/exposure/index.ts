import type { Technique } from "../../technique.ts";

/** Techniques that read what they may not, in the order of the catalogue. */
export const exposureTechniques: readonly Technique[] = [];
