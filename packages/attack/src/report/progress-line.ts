/**
 * What happens in a run, as it happens: one line that changes on a terminal, plain lines elsewhere.
 *
 * @module
 */

import type { Progress } from "../attack-options.ts";
import { counted } from "./figures.ts";
import { harmless } from "./harmless.ts";
import { clipped } from "./text-layout.ts";

/** Where progress is written, such as `process.stderr`. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Shows the progress of a run. */
export interface ProgressLine {
  /** Takes one event; can be given as `onProgress`. */
  readonly show: (progress: Progress) => void;
  /** Clears the changing line; nothing is shown after it. */
  readonly end: () => void;
}

const clearLine = "\r\u001b[2K";

/**
 * Shows progress on a stream.
 *
 * @example
 * const progress = createProgressLine(process.stderr);
 * const report = await runAttack({ target: "http://127.0.0.1:8080", onProgress: progress.show });
 * progress.end();
 */
export function createProgressLine(stream: ProgressStream): ProgressLine {
  let ended = false;
  const changing = stream.isTTY === true;
  const show = (progress: Progress): void => {
    if (ended) return;
    const text = harmless(wordsOf(progress));
    if (!changing) stream.write(`${text}\n`);
    else if (passes(progress)) stream.write(clearLine + clipped(text, (stream.columns ?? 80) - 1));
    else stream.write(`${clearLine}${text}\n`);
  };
  const end = (): void => {
    if (changing && !ended) stream.write(clearLine);
    ended = true;
  };
  return { show, end };
}

/** Whether the next event may overwrite it. */
function passes(progress: Progress): boolean {
  switch (progress.kind) {
    case "technique":
      return true;
    case "principal":
      return progress.signedIn;
    case "document":
    case "world":
    case "finding":
    case "stopped":
      return false;
  }
}

function wordsOf(progress: Progress): string {
  switch (progress.kind) {
    case "document":
      return `${progress.title}: ${counted(progress.operations, "operation")} in the document`;
    case "principal":
      return progress.signedIn
        ? `${progress.name} is signed in`
        : `${progress.name} could not sign in: ${progress.why}`;
    case "world":
      return (
        `${progress.reached} of ${counted(progress.operations, "operation")} reached, ` +
        `${counted(progress.objects, "object")} known`
      );
    case "technique":
      return `[${progress.index}/${progress.of}] ${progress.risk} ${progress.id} ${progress.title}`;
    case "finding":
      return `${progress.confirmed ? "Found" : "Suspected"}: ${progress.title}, ${progress.target} (${progress.id})`;
    case "stopped":
      return `Stopped: ${progress.why}`;
  }
}
