/** Surroundings in memory, in which a command runs without a process. */

import { strict as assert } from "node:assert";
import { basename } from "node:path";
import type { AttackOptions, Report, Technique } from "@sekisho/attack";
import { runCommand, type Engine, type Surroundings } from "../src/index.ts";

/** What stands around a command in a test. */
export interface Stage {
  /** Files by full name; what a command writes appears here. */
  readonly files: Map<string, string>;
  readonly surroundings: Surroundings;
  /** What the engine was given, once for each run. */
  readonly asked: AttackOptions[];
  stdout(): string;
  stderr(): string;
  /** Presses Ctrl-C. */
  interrupt(): void;
  run(...words: readonly string[]): Promise<number>;
}

/** What a test changes. */
export interface StageOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly report?: Partial<Report>;
  readonly isTTY?: boolean;
  readonly engine?: Partial<Engine>;
  readonly pages?: Readonly<Record<string, string>>;
  readonly modules?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly now?: number;
}

/** The working folder of the stage. */
export const folder = "/work/project";

const technique = (id: string, risk: Technique["risk"], needs: Technique["needs"]): Technique => ({
  id,
  risk,
  title: `Title of ${id}`,
  severity: "high",
  phase: "read",
  needs,
  oracle: "O-READ",
  guards: [],
  hole: "hole",
  remedy: "Mend it.",
  trials: () => [],
});

/** The catalogue of the stage. */
export const techniques: readonly Technique[] = [
  technique("A1-01", "API1", ["two principals of one role"]),
  technique("A2-01", "API2", []),
];

/** A report of a whole run that found nothing. */
export const cleanReport: Report = {
  tool: { name: "sekisho attack", version: "0.0.0" },
  target: "http://127.0.0.1:1",
  title: "Stage",
  startedAt: 0,
  endedAt: 1,
  seed: 1,
  stopped: undefined,
  risks: [],
  findings: [],
  suspicions: [],
  techniques: [],
  reach: [],
  principals: [],
  warnings: [],
  requests: 1,
  exchanges: [],
};

/** An engine that answers at once; its reports name their format and their findings. */
function engineOf(options: StageOptions, asked: AttackOptions[]): Engine {
  const says = (format: string) => (report: Report) =>
    `${format} of ${report.findings.length} findings\n`;
  return {
    techniques,
    runAttack: async (given) => {
      asked.push(given);
      return { ...cleanReport, ...options.report };
    },
    planOf: () => assert.fail("this test plans nothing"),
    renderTerminal: (_report, { color }) => `terminal, ${color ? "coloured" : "plain"}\n`,
    createProgressLine: () => ({ show: () => undefined, end: () => undefined }),
    exitCodeOf: ({ findings, stopped }) => {
      if (findings.length > 0) return 1;
      return stopped === undefined ? 0 : 2;
    },
    readBaseline: (raw) => (Array.isArray(raw) ? raw.map(String) : assert.fail("no list")),
    toBaseline: says("baseline"),
    toJson: says("json"),
    toSarif: says("sarif"),
    toJUnit: says("junit"),
    toHtml: says("html"),
    toHar: (exchanges) => ["har of", exchanges.length],
    ...options.engine,
  };
}

function readIn<Value>(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new Error(`ENOENT: no ${basename(name)}`);
  return value;
}

/** Sets a stage. */
export function createStage(options: StageOptions = {}): Stage {
  const files = new Map(
    Object.entries(options.files ?? {}).map(([name, text]) => [`${folder}/${name}`, text]),
  );
  const pages = new Map(Object.entries(options.pages ?? {}));
  const modules = new Map(
    Object.entries(options.modules ?? {}).map(([name, module]) => [`${folder}/${name}`, module]),
  );
  const written = { stdout: "", stderr: "" };
  const asked: AttackOptions[] = [];
  const listeners = new Set<() => void>();
  const isTTY = options.isTTY === true;
  const surroundings: Surroundings = {
    stdout: { isTTY, columns: 80, write: (text) => void (written.stdout += text) },
    stderr: { isTTY, columns: 80, write: (text) => void (written.stderr += text) },
    environment: options.environment ?? {},
    folder,
    exists: (path) => files.has(path),
    readFile: (path) => readIn(files, path),
    writeFile: (path, text) => void files.set(path, text),
    whyNotWritable: (path) => (path.startsWith(folder) ? undefined : "there is no such folder"),
    fetchText: async (url) => readIn(pages, url),
    importModule: async (path) => readIn(modules, path),
    engine: async () => engineOf(options, asked),
    now: () => options.now ?? 0,
    onInterrupt: (stop) => {
      listeners.add(stop);
      return () => void listeners.delete(stop);
    },
  };
  return {
    files,
    surroundings,
    asked,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    interrupt: () => {
      for (const stop of listeners) stop();
    },
    run: async (...words) => runCommand(words, surroundings),
  };
}
