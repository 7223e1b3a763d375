/**
 * Reads what a run is given: target, document, principals.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import type { AttackOptions } from "./attack-options.ts";
import { DocumentFault } from "./document/document-fault.ts";
import { findDocument, parseDocumentText } from "./document/find-document.ts";
import type { ApiDocument } from "./document/operation.ts";
import { readDocument } from "./document/read-document.ts";
import { readPrincipals, type PrincipalEntry } from "./principal/read-principals.ts";
import { parseTarget, requireLeave, type Target } from "./wire/target.ts";

/** What a run is given, read. */
export interface Sources {
  readonly target: Target;
  /** Prefix of every operation's path. */
  readonly basePath: string;
  readonly document: ApiDocument;
  readonly entries: readonly PrincipalEntry[];
  readonly warnings: readonly string[];
}

/** Reads target, document and principals. Sends nothing but requests for the document. */
export async function readSources(options: AttackOptions): Promise<Sources> {
  const target = parseTarget(options.target);
  requireLeave(target, options.iOwn ?? []);
  const raw = await readOpenApi(options.openApi, target);
  const document = narrowed(readDocument(raw), options.operations);
  const given = await readRawPrincipals(options.principals);
  const { principals, warnings } = readPrincipals(given, document, process.env);
  return {
    target,
    basePath: basePathOf(target, document),
    document,
    entries: principals,
    warnings: [...document.warnings, ...warnings],
  };
}

async function readOpenApi(given: unknown, target: Target): Promise<unknown> {
  if (given === undefined) {
    let answered = false;
    const found = await findDocument(`${target.origin}${target.basePath}`, async (url) => {
      const answer = await fetchText(url);
      answered ||= answer !== undefined;
      return answer;
    });
    if (found !== undefined) return found.raw;
    if (!answered) throw new Error(`${target.origin} does not answer; is it running?`);
    throw new DocumentFault(
      `no OpenAPI document was found at the usual places of ${target.origin}; say where it is`,
    );
  }
  if (typeof given !== "string") return given;
  if (!/^https?:\/\//.test(given)) return parseDocumentText(await readText(given));
  const answer = await fetchText(given);
  if (answer?.status === 200) return parseDocumentText(answer.text);
  throw new DocumentFault(`${given} gave no document (${answer?.status ?? "no answer"})`);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new DocumentFault(`${path} cannot be read: ${(error as Error).message}`);
  }
}

async function fetchText(url: string): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

async function readRawPrincipals(given: unknown): Promise<unknown> {
  return typeof given === "string" ? parseDocumentText(await readText(given)) : given;
}

function narrowed(document: ApiDocument, wanted: readonly string[] | undefined): ApiDocument {
  if (wanted === undefined || wanted.length === 0) return document;
  const operations = document.operations.filter(({ key }) =>
    wanted.some((part) => key.includes(part)),
  );
  return { ...document, operations };
}

/** The prefix of the target, else the path of the first server that the document names. */
function basePathOf(target: Target, { servers, operations }: ApiDocument): string {
  if (target.basePath !== "") return target.basePath;
  const [first] = servers;
  if (first === undefined) return "";
  const path = /^https?:\/\//.test(first) ? new URL(first).pathname : first;
  const base = path.replace(/\/+$/, "");
  if (!base.startsWith("/")) return "";
  // Some documents repeat the prefix in every path.
  return operations.every((operation) => operation.path.startsWith(`${base}/`)) ? "" : base;
}
