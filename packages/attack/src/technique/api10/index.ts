import type { Technique } from "../technique.ts";

/** Techniques of API10, in the order of the catalogue. */
export const api10Techniques: readonly Technique[] = [];
