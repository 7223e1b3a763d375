/**
 * The directions in which the modules may depend on each other:
 * `kernel ← each defence ← http, testing ← apps`.
 *
 * @module
 */

import type { Import } from "./imports.ts";

const library = "packages/sekisho/src/";

/** Folders that put the defences together and may import all of them. */
const assemblers: ReadonlySet<string> = new Set(["http", "testing"]);

/** The one defence that needs another. */
const defenceExceptions: ReadonlySet<string> = new Set(["upstream → egress"]);

/** Who alone may import a package or a module of Node that reaches outside. */
const owners: readonly { readonly module: RegExp; readonly folders: readonly string[] }[] = [
  { module: /^(fastify|@fastify\/.*|@scalar\/.*)$/, folders: ["http"] },
  { module: /^undici$/, folders: ["egress"] },
  { module: /^node:(net|tls|http2|dns|dns\/promises|dgram)$/, folders: ["egress"] },
  // The server side of http and https; who may call out is up to egress and undici.
  { module: /^node:https?$/, folders: ["egress", "http", "testing"] },
  { module: /^(pg|pg-.*|kysely|@electric-sql\/.*)$/, folders: ["store"] },
  { module: /^ioredis$/, folders: ["quota"] },
  { module: /^node:(child_process|cluster|vm|worker_threads)$/, folders: [] },
];

/** Why an import crosses a border; `undefined` when it may be there. */
export function borderFault({ from, specifier, target, isType }: Import): string | undefined {
  if (from.startsWith("apps/")) return appFault(from, specifier, target);
  if (!from.startsWith(library)) return undefined;
  const folder = folderOf(from);
  return target.startsWith(".") || target.startsWith("packages/") || target.startsWith("apps/")
    ? insideFault(folder, target)
    : outsideFault(folder, specifier, isType);
}

function folderOf(path: string): string {
  return path.slice(library.length).split("/")[0] ?? "";
}

function insideFault(folder: string, target: string): string | undefined {
  if (!target.startsWith(library)) return `${folder} reaches out of the library to ${target}`;
  const other = folderOf(target);
  if (other === folder) return undefined;
  if (target !== `${library}${other}/index.ts`) return `${folder} goes past the index of ${other}`;
  if (folder === "kernel") return `kernel imports ${other}`;
  if (other === "kernel" || assemblers.has(folder)) return undefined;
  return defenceExceptions.has(`${folder} → ${other}`)
    ? undefined
    : `${folder} imports ${other}, another defence`;
}

function outsideFault(folder: string, specifier: string, isType: boolean): string | undefined {
  if (folder === "kernel")
    return specifier === "ipaddr.js" ? undefined : `kernel imports ${specifier}`;
  if (specifier === "sekisho" || specifier.startsWith("sekisho/"))
    return `${folder} imports its own package by name`;
  // The type of a socket opens none.
  if (isType && specifier.startsWith("node:")) return undefined;
  const owner = owners.find(({ module }) => module.test(specifier));
  return owner === undefined || owner.folders.includes(folder)
    ? undefined
    : `${folder} imports ${specifier}, which belongs to ${owner.folders.join(", ") || "nobody"}`;
}

function appFault(from: string, specifier: string, target: string): string | undefined {
  const app = from.split("/").slice(0, 2).join("/");
  if (specifier.startsWith("."))
    return target.startsWith(`${app}/`) ? undefined : `${app} reaches out of itself to ${target}`;
  if (/(^|\/)packages\//.test(specifier)) return `${app} imports the source ${specifier}`;
  if (specifier.startsWith("sekisho"))
    return /^sekisho\/[a-z]+$/.test(specifier)
      ? undefined
      : `${app} imports ${specifier}, which is no public subpath`;
  return undefined;
}
