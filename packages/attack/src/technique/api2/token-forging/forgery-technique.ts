/**
 * What techniques that forge tokens have in common.
 *
 * @module
 */

import type { World } from "../../../world/world.ts";
import { defineTechnique, type Outcome, type Severity, type Technique } from "../../technique.ts";
import { tryForgeries, type ForgeryFamily } from "./try-forgeries.ts";

/** What one of them says of itself. */
export interface ForgeryTechnique {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly remedy: string;
  readonly hole?: string;
  readonly guards?: readonly string[];
}

/** Declares a technique that forges tokens. */
export function forgeryTechnique(
  { id, title, severity, remedy, hole, guards }: ForgeryTechnique,
  run: ForgeryFamily | ((world: World) => Promise<Outcome>),
): Technique {
  return defineTechnique({
    id,
    risk: "API2",
    title,
    severity,
    phase: "token",
    needs: ["a principal", "a JSON Web Token"],
    oracle: "O-AUTH",
    guards: guards ?? ["G-POS", "G-GARB", "G-EXP", "G-REPEAT"],
    hole: hole ?? "token-forgery",
    remedy,
    run: async function* (world) {
      yield typeof run === "function" ? await run(world) : await tryForgeries(world, run);
    },
  });
}
