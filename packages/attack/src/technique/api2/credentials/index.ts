import type { Technique } from "../../technique.ts";

/** Techniques on sign-in, registration and recovery, in the order of the catalogue. */
export const credentialTechniques: readonly Technique[] = [];
