/**
 * Where a token travels: told by the file, else as the document declares, else as a bearer token.
 *
 * @module
 */

import type { ApiDocument, CredentialScheme } from "../document/operation.ts";
import type { HeaderLine } from "../wire/exchange.ts";
import type { TokenPlace } from "./principal.ts";

/** What carries a token: header lines and query parameters. */
export interface Carried {
  readonly headers: readonly HeaderLine[];
  readonly query: readonly (readonly [name: string, value: string])[];
}

/** The usual place. */
export const bearer = {
  kind: "header",
  name: "authorization",
  template: "Bearer {token}",
} as const satisfies TokenPlace;

/** A token in its place. */
export function carry(place: TokenPlace, token: string): Carried {
  switch (place.kind) {
    case "header":
      return { headers: [[place.name, place.template.replace("{token}", () => token)]], query: [] };
    case "cookie":
      return { headers: [["cookie", `${place.name}=${token}`]], query: [] };
    case "query":
      return { headers: [], query: [[place.name, token]] };
  }
}

/** A header with its usual template: a scheme in `authorization`, the bare token elsewhere. */
export function headerPlace(name: string, template?: string): TokenPlace {
  const usual = name.toLowerCase() === "authorization" ? "Bearer {token}" : "{token}";
  const given = template === undefined || template === "" ? usual : template;
  return {
    kind: "header",
    name: name.toLowerCase(),
    template: given.includes("{token}") ? given : `${given} {token}`,
  };
}

/** Reads "header NAME TEMPLATE", "cookie NAME" or "query NAME"; `undefined` when it is none. */
export function parsePlace(text: string): TokenPlace | undefined {
  const [, kind = "", name = "", template = ""] =
    /^\s*(\w+)(?:[\s:]+([^\s:]+)(?:[\s:]+([\s\S]*\S))?)?\s*$/.exec(text) ?? [];
  switch (kind.toLowerCase()) {
    case "bearer":
      return bearer;
    case "header":
      return name === "" ? undefined : headerPlace(name, template);
    case "cookie":
      return name === "" ? undefined : { kind: "cookie", name };
    case "query":
      return name === "" ? undefined : { kind: "query", name };
    default:
      return undefined;
  }
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The word before the token that a document asks for in prose, such as "Token" or "JWT". */
function schemeWord(document: ApiDocument, id: string): string {
  const source = mapping(document.source);
  const declared = {
    ...mapping(source["securityDefinitions"]),
    ...mapping(mapping(source["components"])["securitySchemes"]),
  };
  const scheme = mapping(declared[id]);
  // `type: http` says it in its own field; prose matters only where a bare header was declared.
  if (scheme["type"] === "http") return "Bearer";
  const { description } = scheme;
  const text = typeof description === "string" ? description : "";
  return (
    /\bprefix\W{1,4}([A-Za-z]{2,12})\b/i.exec(text)?.[1] ??
    // Capitals and angle or curly brackets: "access token (RFC 6750)" is no word for the header.
    /["'`:\s](Bearer|Token|JWT)\s+["'`]?[<{[]/.exec(text)?.[1] ??
    "Bearer"
  );
}

function placeOfScheme(document: ApiDocument, scheme: CredentialScheme): TokenPlace | undefined {
  const { kind, name, id } = scheme;
  switch (kind) {
    case "bearer":
      return headerPlace("authorization", `${schemeWord(document, id)} {token}`);
    case "oauth":
      return bearer;
    case "header":
      return name === undefined ? undefined : headerPlace(name);
    case "cookie":
      return name === undefined ? undefined : { kind: "cookie", name };
    case "query":
      return name === undefined ? undefined : { kind: "query", name };
    case "basic":
    case "other":
      return undefined;
  }
}

function firstPlace(
  document: ApiDocument,
  kinds: readonly CredentialScheme["kind"][],
): TokenPlace | undefined {
  for (const kind of kinds)
    for (const scheme of document.schemes) {
      const place = scheme.kind === kind ? placeOfScheme(document, scheme) : undefined;
      if (place !== undefined) return place;
    }
  return undefined;
}

/** Where the document wants a token; `undefined` when it says nothing. */
export function declaredPlace(document: ApiDocument): TokenPlace | undefined {
  return firstPlace(document, ["bearer", "oauth", "header", "cookie", "query"]);
}

/** Where the document wants an API key. */
export function keyPlace(document: ApiDocument): TokenPlace {
  return firstPlace(document, ["header", "query", "cookie"]) ?? headerPlace("x-api-key");
}
