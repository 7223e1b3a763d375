/**
 * The process of the command line: the one place that knows files, network and signals.
 *
 * @module
 */

import process from "node:process";
import { processSurroundings } from "./process-surroundings.ts";
import { runCommand } from "./run-command.ts";

const code = await runCommand(process.argv.slice(2), processSurroundings());

// What a module of the user left open must not keep the command from ending, but a pipe may still
// have to take what was written.
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((done) => {
    stream.write("", () => done());
  });
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
