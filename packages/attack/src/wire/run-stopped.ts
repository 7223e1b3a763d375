/**
 * The end of a run before its plan is done.
 *
 * @module
 */

/** Thrown out of a technique when the run ends early: interrupted, or a cap was reached. */
export class RunStopped extends Error {
  override readonly name = "RunStopped";
}
