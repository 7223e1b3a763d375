/**
 * The version of the command line.
 *
 * @module
 */

import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

/** As the package says. */
export const version = manifest.version;
