/**
 * Figures in the text format of Prometheus (version 0.0.4).
 *
 * Promise: what is written can be read again: names are checked when the figures are declared, and
 * texts are escaped. Limits: no registry and no state; figures are read when somebody asks.
 *
 * @module
 */

/** One line: what the labels name has this value. */
export interface MetricReading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  /** Behind the name of a histogram's parts: `"_bucket"`, `"_sum"` or `"_count"`. */
  readonly part?: "_bucket" | "_sum" | "_count";
}

/** Figures of one name. */
export interface MetricFamily {
  /** Letters, digits and underscores; the unit and, of a counter, `_total` at the end. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly read: () => Iterable<MetricReading>;
}

/** Media type of {@link writeMetrics}. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

const metricName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, text]) => `${name}="${escapeText(text).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function writeNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

/**
 * Refuses what Prometheus could not read.
 *
 * @throws TypeError for a name that is malformed or used twice.
 */
export function checkMetrics(families: readonly MetricFamily[]): void {
  const names = new Set<string>();
  for (const { name } of families) {
    if (!metricName.test(name)) throw new TypeError(`"${name}" is no name of a metric`);
    if (names.has(name)) throw new TypeError(`the metric ${name} is declared twice`);
    names.add(name);
  }
}

/** Reads all figures and writes them down. */
export function writeMetrics(families: readonly MetricFamily[]): string {
  let text = "";
  for (const { name, help, type, read } of families) {
    text += `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n`;
    for (const { labels = {}, value, part = "" } of read())
      text += `${name}${part}${writeLabels(labels)} ${writeNumber(value)}\n`;
  }
  return text;
}
