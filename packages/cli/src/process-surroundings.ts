/**
 * The surroundings that a process has.
 *
 * @module
 */

import { accessSync, constants, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { CommandFault } from "./fault.ts";
import type { Output, Surroundings } from "./surroundings.ts";

const documentBytes = 32 * 1024 * 1024;
const documentMilliseconds = 15_000;

/** Files, network and signals of this process. */
export function processSurroundings(): Surroundings {
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    environment: process.env,
    folder: process.cwd(),
    exists: existsSync,
    readFile: (path) => readFileSync(path, "utf8"),
    // Reports hold evidence: answers of the target, and what was sent to it.
    writeFile: (path, text) => writeFileSync(path, text, { mode: 0o600 }),
    whyNotWritable,
    fetchText,
    importModule: async (path) =>
      (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>,
    engine: () => import("@sekisho/attack"),
    now: () => Date.now(),
    onInterrupt,
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // Whoever reads along may leave, as `head` does: that is no failure of ours.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    // Node leaves both away where the stream is no terminal.
    isTTY: (stream as { readonly isTTY?: boolean }).isTTY === true,
    get columns() {
      return (stream as { readonly columns?: number }).columns;
    },
    write: (text) => void stream.write(text),
  };
}

function whyNotWritable(path: string): string | undefined {
  const folder = dirname(path);
  if (!existsSync(folder)) return `there is no folder ${folder}`;
  if (existsSync(path) && statSync(path).isDirectory()) return "it is a folder";
  try {
    accessSync(existsSync(path) ? path : folder, constants.W_OK);
    return undefined;
  } catch {
    return "writing is not allowed";
  }
}

async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, {
    headers: { accept: "application/json, application/yaml, text/yaml, */*;q=0.1" },
    signal: AbortSignal.timeout(documentMilliseconds),
  });
  if (!answer.ok) throw new CommandFault(`it answered ${answer.status}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    if (bytes > documentBytes) throw new CommandFault("it is larger than 32 MiB");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** The second sign ends at once, with the code that shells know from Ctrl-C. */
function onInterrupt(stop: () => void): () => void {
  let asked = false;
  const listener = (): void => {
    if (asked) process.exit(130);
    asked = true;
    stop();
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return () => {
    process.off("SIGINT", listener);
    process.off("SIGTERM", listener);
  };
}
