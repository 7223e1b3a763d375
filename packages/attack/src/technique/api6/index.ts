import type { Technique } from "../technique.ts";
import { skippedStep } from "./skipped-step.ts";

/** Techniques of API6, in the order of the catalogue. */
export const api6Techniques: readonly Technique[] = [skippedStep];
