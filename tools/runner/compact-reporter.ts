/**
 * A reporter for `node --test`: one line per file, and every failure in full.
 *
 * @module
 */

import { relative } from "node:path";
import process from "node:process";
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

interface FileCount {
  passed: number;
  failed: number;
}

interface Finished {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly details: { readonly error?: unknown; readonly type?: string | undefined };
}

/** Failures whose cause is reported by the tests inside. */
const consequences: ReadonlySet<unknown> = new Set(["subtestsFailed"]);

// Node takes a reporter only as a default export.
export { report as default };

async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files = new Map<string, FileCount>();
  for await (const event of source) {
    if (event.type === "test:pass") count(files, event.data, "passed");
    if (event.type === "test:fail") {
      count(files, event.data, "failed");
      yield failureText(event.data);
    }
    if (event.type === "test:stdout" || event.type === "test:stderr") yield event.data.message;
  }
  for (const [file, { passed, failed }] of files)
    yield `${failed === 0 ? "✔" : "✖"} ${file}: ${passed} passed, ${failed} failed\n`;
}

function count(files: Map<string, FileCount>, test: Finished, outcome: keyof FileCount): void {
  if (test.details.type === "suite") return;
  const file = test.file === undefined ? "?" : relative(process.cwd(), test.file);
  const entry = files.get(file) ?? { passed: 0, failed: 0 };
  entry[outcome]++;
  files.set(file, entry);
}

function failureText({ name, file, line, details }: Finished): string {
  const error = details.error as { failureType?: unknown; cause?: unknown } | undefined;
  if (consequences.has(error?.failureType)) return "";
  const place = file === undefined ? "" : ` (${relative(process.cwd(), file)}:${line ?? 0})`;
  const cause = inspect(error?.cause ?? error, { depth: 6, colors: false });
  return `✖ ${name}${place}\n${cause.replaceAll(/^/gm, "    ")}\n`;
}
