/**
 * `sekisho routes`: the inventory of an API, and its escape hatches.
 *
 * @module
 */

import { resolve } from "node:path";
import { CommandFault, messageOf } from "../fault.ts";
import type { Surroundings } from "../surroundings.ts";
import { hatchTable, inventoryTable, type Inventory } from "./inventory.ts";
import { readDocument } from "./read-document.ts";
import { readModule } from "./read-module.ts";

const defaultPlace = "http://127.0.0.1:8080/openapi.json";

/** What was asked for. */
export interface RoutesOptions {
  readonly module?: string;
  readonly export?: string;
  readonly unsafe?: boolean;
  readonly json?: boolean;
}

type Around = Pick<
  Surroundings,
  "folder" | "readFile" | "fetchText" | "importModule" | "now" | "stdout"
>;

/**
 * Shows the inventory, or the escape hatches.
 *
 * @throws CommandFault when it cannot be read.
 */
export async function runRoutes(
  place: string | undefined,
  options: RoutesOptions,
  around: Around,
): Promise<number> {
  refuseContradictions(place, options);
  const inventory = await inventoryOf(place, options, around);
  around.stdout.write(textOf(inventory, options));
  return 0;
}

function refuseContradictions(place: string | undefined, options: RoutesOptions): void {
  if (options.module !== undefined && place !== undefined)
    throw new CommandFault("give a document or --module, not both");
  if (options.export !== undefined && options.module === undefined)
    throw new CommandFault("--export names an export of --module");
  if (options.unsafe === true && options.module === undefined)
    throw new CommandFault(
      "a document for the public keeps escape hatches back: ask the source with --unsafe --module FILE",
    );
}

async function inventoryOf(
  place: string | undefined,
  options: RoutesOptions,
  around: Around,
): Promise<Inventory> {
  const now = around.now();
  if (options.module === undefined) {
    const source = documentPlace(place ?? defaultPlace);
    return readDocument(await textAt(source, around), source, now);
  }
  const path = resolve(around.folder, options.module);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await around.importModule(path);
  } catch (error) {
    throw new CommandFault(`${options.module} cannot be imported: ${messageOf(error)}`);
  }
  return readModule(module, { name: options.export, place: options.module, now });
}

/** Who names the service alone means its document. */
function documentPlace(place: string): string {
  const url = /^https?:\/\//i.test(place) ? URL.parse(place) : null;
  return url !== null && url.pathname === "/" ? new URL("/openapi.json", url).href : place;
}

async function textAt(place: string, around: Around): Promise<string> {
  try {
    return /^https?:\/\//i.test(place)
      ? await around.fetchText(place)
      : around.readFile(resolve(around.folder, place));
  } catch (error) {
    throw new CommandFault(`${place} cannot be read: ${messageOf(error)}`);
  }
}

function textOf(inventory: Inventory, { unsafe, json }: RoutesOptions): string {
  const hatches = inventory.hatches ?? [];
  if (json === true)
    return `${JSON.stringify(unsafe === true ? hatches : inventory.rows, null, 2)}\n`;
  return unsafe === true ? hatchTable(hatches) : inventoryTable(inventory);
}
