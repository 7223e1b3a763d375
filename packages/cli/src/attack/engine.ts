/**
 * What the commands use of the attack engine.
 *
 * @module
 */

/** The attack engine, as far as the commands use it. */
export type Engine = Pick<
  typeof import("@sekisho/attack"),
  | "runAttack"
  | "planOf"
  | "techniques"
  | "renderTerminal"
  | "createProgressLine"
  | "exitCodeOf"
  | "readBaseline"
  | "toBaseline"
  | "toJson"
  | "toSarif"
  | "toJUnit"
  | "toHtml"
  | "toHar"
>;
