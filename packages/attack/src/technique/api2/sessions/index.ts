import type { Technique } from "../../technique.ts";

/** Techniques on sessions and places of credentials, in the order of the catalogue. */
export const sessionTechniques: readonly Technique[] = [];
