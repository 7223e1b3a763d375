import type { Technique } from "../technique.ts";
import { directFetch } from "./direct-fetch.ts";

/** Techniques of API7, in the order of the catalogue. */
export const api7Techniques: readonly Technique[] = [directFetch];
