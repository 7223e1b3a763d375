import type { Technique } from "../technique.ts";
import { crossOrigin } from "./cross-origin.ts";
import { databaseError, errorLeak } from "./error-leak.ts";

/** Techniques of API8, in the order of the catalogue. */
export const api8Techniques: readonly Technique[] = [errorLeak, crossOrigin, databaseError];
