/**
 * How callers identify themselves, from `securitySchemes` or `securityDefinitions`.
 *
 * @module
 */

import { isNode, nodeOf, textOf, type Node } from "./node.ts";
import type { CredentialScheme } from "./operation.ts";

/** The declared schemes of a document of any version. */
export function readSchemes(document: Node): readonly CredentialScheme[] {
  const declared = {
    ...nodeOf(document["securityDefinitions"]),
    ...nodeOf(nodeOf(document["components"])["securitySchemes"]),
  };
  return Object.entries(declared).flatMap(([id, scheme]) =>
    isNode(scheme) ? [{ id, kind: kindOf(scheme), name: nameOf(scheme) }] : [],
  );
}

function kindOf(scheme: Node): CredentialScheme["kind"] {
  const type = textOf(scheme["type"]).toLowerCase();
  const how = textOf(scheme["scheme"]).toLowerCase();
  if (type === "oauth2" || type === "openidconnect") return "oauth";
  if (type === "basic" || (type === "http" && how === "basic")) return "basic";
  if (type === "bearer" || how === "bearer" || type === "jwt") return "bearer";
  const place = textOf(scheme["in"]).toLowerCase();
  if (place === "cookie" || place === "query") return place;
  if (place !== "header") return "other";
  // Swagger 2.0 has no bearer: it is written as a key in this header.
  return textOf(scheme["name"]).toLowerCase() === "authorization" ? "bearer" : "header";
}

function nameOf(scheme: Node): string | undefined {
  const name = textOf(scheme["name"]);
  return name === "" ? undefined : name;
}
