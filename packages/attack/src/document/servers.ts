/**
 * Where the API says to live.
 *
 * @module
 */

import { isNode, listOf, nodeOf, textOf, textsOf, type Node } from "./node.ts";

/** Base paths or URLs, in the order of the document, each once and without a slash at the end. */
export function readServers(document: Node): readonly string[] {
  const found =
    document["servers"] === undefined
      ? swaggerServers(document)
      : openApiServers(document["servers"]);
  return [...new Set(found.map((url) => url.replace(/\/+$/, "")))];
}

function openApiServers(servers: unknown): readonly string[] {
  return listOf(servers).flatMap((server) => {
    const url = isNode(server) ? textOf(server["url"]) : textOf(server);
    if (url === "") return [];
    const variables = nodeOf(nodeOf(server)["variables"]);
    return [
      url.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
        const variable = nodeOf(variables[name]);
        return textOf(variable["default"] ?? listOf(variable["enum"])[0]) || whole;
      }),
    ];
  });
}

function swaggerServers(document: Node): readonly string[] {
  const base = textOf(document["basePath"]);
  const path = base === "" || base.startsWith("/") ? base : `/${base}`;
  const host = textOf(document["host"]).replace(/^\w+:\/\//, "");
  if (host === "") return path === "" ? [] : [path];
  const schemes = textsOf(document["schemes"]);
  return (schemes.length === 0 ? ["http"] : schemes).map((scheme) => `${scheme}://${host}${path}`);
}
