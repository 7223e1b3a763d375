/**
 * Every technique that is built, in the order of the catalogue.
 *
 * @module
 */

import { api1Techniques } from "./api1/index.ts";
import { api10Techniques } from "./api10/index.ts";
import { api2Techniques } from "./api2/index.ts";
import { api3Techniques } from "./api3/index.ts";
import { api4Techniques } from "./api4/index.ts";
import { api5Techniques } from "./api5/index.ts";
import { api6Techniques } from "./api6/index.ts";
import { api7Techniques } from "./api7/index.ts";
import { api8Techniques } from "./api8/index.ts";
import { api9Techniques } from "./api9/index.ts";
import type { Phase, Technique } from "./technique.ts";

/**
 * Every technique that is built.
 *
 * @example
 * const aboutObjects = techniques.filter(({ risk }) => risk === "API1");
 */
export const techniques: readonly Technique[] = [
  ...api1Techniques,
  ...api2Techniques,
  ...api3Techniques,
  ...api4Techniques,
  ...api5Techniques,
  ...api6Techniques,
  ...api7Techniques,
  ...api8Techniques,
  ...api9Techniques,
  ...api10Techniques,
];

/** The order in which phases run: what disturbs the target least comes first. */
export const phases: readonly Phase[] = [
  "document",
  "discovery",
  "read",
  "token",
  "write",
  "function",
  "flow",
  "race",
  "credential",
  "destructive",
  "consumption",
];
