/**
 * Finds the document of a running API at the places where frameworks put it.
 *
 * Promise: what is fetched is only parsed, never followed to another host. Limits: documents behind
 * a credential are not found.
 *
 * @module
 */

import { parse as parseYaml } from "yaml";
import { isNode, textOf } from "./node.ts";

/** Where a document was found, and what it is. */
export interface FoundDocument {
  readonly raw: unknown;
  readonly url: string;
}

const bases = [
  "",
  "/api",
  "/v1",
  "/v2",
  "/v3",
  "/api/v1",
  "/api/v2",
  "/api/v3",
  "/docs",
  "/api/docs",
];
const names = ["/openapi.json", "/swagger.json", "/openapi.yaml", "/openapi.yml", "/openapi"];

const places: readonly string[] = [
  "/openapi.json",
  "/openapi.yaml",
  "/openapi.yml",
  "/openapi",
  "/swagger.json",
  "/swagger.yaml",
  "/swagger.yml",
  "/v3/api-docs",
  "/v2/api-docs",
  "/api-docs",
  "/api-docs.json",
  "/api-json",
  "/api-yaml",
  "/docs-json",
  "/docs/json",
  "/docs/openapi",
  "/documentation/json",
  "/documentation/yaml",
  "/swagger/v1/swagger.json",
  "/swagger/v2/swagger.json",
  "/swagger/doc.json",
  "/swagger/json",
  "/swagger-json",
  "/swagger/swagger.json",
  "/swagger/openapi.json",
  "/swagger-ui/swagger.json",
  "/swagger-docs",
  "/swagger",
  "/api/schema",
  "/api/schema/",
  "/schema",
  "/schema.json",
  "/schema/openapi.json",
  "/api/spec",
  "/api/spec.json",
  "/spec",
  "/spec.json",
  "/apispec_1.json",
  "/apispec.json",
  "/api.json",
  "/api.yaml",
  "/api/doc",
  "/api/doc.json",
  "/api/doc/json",
  "/api/v3/api-docs",
  "/api/api-docs",
  "/q/openapi",
  "/static/openapi.json",
  "/static/swagger.json",
  "/static/openapi.yaml",
  "/public/openapi.json",
  "/_openapi",
  "/.well-known/openapi.json",
  "/.well-known/openapi.yaml",
  ...bases.slice(1).flatMap((base) => names.map((name) => `${base}${name}`)),
];

const pages: readonly string[] = [
  "/docs",
  "/swagger-ui.html",
  "/swagger-ui/",
  "/redoc",
  "/ui/",
  "/api-docs/",
  "/api/docs",
  "/",
];

/** Tries the usual places of an origin in turn, then what its documentation pages refer to. */
export async function findDocument(
  origin: string,
  fetchText: (url: string) => Promise<{ status: number; text: string } | undefined>,
): Promise<FoundDocument | undefined> {
  const base = origin.replace(/\/+$/, "");
  const tried = new Set<string>();
  const attempt = async (url: string): Promise<FoundDocument | undefined> => {
    if (tried.has(url)) return undefined;
    tried.add(url);
    const answer = await fetchText(url);
    if (answer === undefined || answer.status < 200 || answer.status > 299) return undefined;
    const raw = parsedQuietly(answer.text);
    return looksLikeDocument(raw) ? { raw, url } : undefined;
  };
  for (const place of places) {
    const found = await attempt(`${base}${place}`);
    if (found !== undefined) return found;
  }
  for (const page of pages) {
    const answer = await fetchText(`${base}${page}`);
    if (answer === undefined || answer.status !== 200) continue;
    for (const url of referredUrls(answer.text, `${base}${page}`)) {
      const found = await attempt(url);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Addresses of documents named in a page, of the same origin only. */
function referredUrls(html: string, page: string): readonly string[] {
  const found = html
    .slice(0, 200_000)
    .matchAll(
      /["'(=]([^"'()\s<>]{1,200}?(?:openapi|swagger|api-docs|api-json|schema|spec)[^"'()\s<>]{0,100})["')]/gi,
    );
  const urls = [...found].slice(0, 40).flatMap((match) => {
    const url = URL.parse(match[1] ?? "", page);
    const same = url !== null && url.origin === new URL(page).origin;
    return same && !/\.(js|css|png|svg|ico|map)$/.test(url.pathname) ? [url.href] : [];
  });
  return [...new Set(urls)].slice(0, 10);
}

function looksLikeDocument(raw: unknown): boolean {
  if (!isNode(raw)) return false;
  return (
    textOf(raw["openapi"] ?? raw["swagger"]) !== "" || (isNode(raw["paths"]) && isNode(raw["info"]))
  );
}

function parsedQuietly(text: string): unknown {
  // Web pages are no YAML, and not worth the attempt.
  if (/^\s*</.test(text) || text.trim() === "") return undefined;
  try {
    return parseDocumentText(text);
  } catch {
    return undefined;
  }
}

/**
 * Parses the text of a document: JSON, else YAML with at most 100 uses of an alias.
 *
 * @throws Error when it is neither.
 */
export function parseDocumentText(text: string): unknown {
  const bare = text.replace(/^\uFEFF/, "");
  if (/^\s*[[{]/.test(bare)) {
    try {
      return JSON.parse(bare) as unknown;
    } catch {
      // YAML may begin with a brace too.
    }
  }
  return parseYaml(bare, {
    maxAliasCount: 100,
    strict: false,
    uniqueKeys: false,
    logLevel: "silent",
  }) as unknown;
}
