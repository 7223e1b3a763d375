import type { Technique } from "../../technique.ts";
import { garbageCredential } from "./garbage-credential.ts";
import { noCredential } from "./no-credential.ts";

/** Techniques on sessions and places of credentials, in the order of the catalogue. */
export const sessionTechniques: readonly Technique[] = [noCredential, garbageCredential];
