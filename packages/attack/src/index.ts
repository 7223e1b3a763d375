export { runAttack } from "./attack.ts";
export type { AttackOptions, Progress } from "./attack-options.ts";
export { prove, ProofFailure, type ProofOptions } from "./prove.ts";
export { techniques } from "./technique/catalogue.ts";
export type * from "./technique/technique.ts";
export { planOf, type Plan } from "./plan.ts";
export { readBaseline, toBaseline } from "./report/baseline.ts";
export { exitCodeOf, type ExitCode } from "./report/exit-code.ts";
export { toHtml } from "./report/html.ts";
export { toJson } from "./report/json.ts";
export { toJUnit } from "./report/junit.ts";
export {
  createProgressLine,
  type ProgressLine,
  type ProgressStream,
} from "./report/progress-line.ts";
export type * from "./report/report.ts";
export { toSarif, type SarifDocument } from "./report/sarif.ts";
export { renderTerminal, type TerminalOptions } from "./report/terminal.ts";
export { toHar, type HarOptions } from "./wire/har.ts";
