import type { Technique } from "../technique.ts";
import { oldVersion } from "./old-version.ts";

/** Techniques of API9, in the order of the catalogue. */
export const api9Techniques: readonly Technique[] = [oldVersion];
