import type { Technique } from "../technique.ts";
import { credentialTechniques } from "./credentials/index.ts";
import { sessionTechniques } from "./sessions/index.ts";
import { tokenForgingTechniques } from "./token-forging/index.ts";

/** Techniques of API2, in the order of the catalogue. */
export const api2Techniques: readonly Technique[] = [
  ...tokenForgingTechniques,
  ...sessionTechniques,
  ...credentialTechniques,
];
