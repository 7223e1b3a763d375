/**
 * Path templates in one spelling: `/users/:id`, `/users/<int:id>` and `/users/{id:[0-9]+}` are
 * `/users/{id}`.
 *
 * @module
 */

/** A template, and the query that some documents write into it. */
export interface Template {
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
}

/** Brings a path of a document into the one spelling. */
export function readTemplate(written: string): Template {
  const [beforeFragment = ""] = written.trim().split(/#(?![^{]*\})/);
  const cut = queryStart(beforeFragment);
  const raw = cut === -1 ? beforeFragment : beforeFragment.slice(0, cut);
  const rest = cut === -1 ? "" : beforeFragment.slice(cut + 1);
  const segments = raw.split("/").map(readSegment);
  const joined = segments.join("/").replaceAll(/\/{2,}/g, "/");
  const query = rest.split("&").flatMap((pair) => {
    const [name = "", ...value] = pair.split("=");
    return name === "" ? [] : [[name, value.join("=")] as const];
  });
  return { path: joined.startsWith("/") ? joined : `/${joined}`, query };
}

function queryStart(path: string): number {
  let depth = 0;
  for (let index = 0; index < path.length; index += 1) {
    const sign = path.charAt(index);
    if (sign === "{") depth += 1;
    if (sign === "}") depth -= 1;
    if (sign === "?" && depth === 0) return index;
  }
  return -1;
}

function readSegment(segment: string): string {
  const colon = /^:([A-Za-z_][\w-]*)(?:\(.*\))?\??$/.exec(segment);
  if (colon !== null) return `{${colon[1]}}`;
  const angled = /^<(?:[^<>:]+:)?([\w-]+)>$/.exec(segment);
  if (angled !== null) return `{${angled[1]}}`;
  return segment.replaceAll(
    /\{[+/#.;?&]?([^{}:*?]+)(?:[:*?](?:[^{}]|\{[^{}]*\})*)?\}/g,
    (_whole, name: string) => `{${name.trim()}}`,
  );
}

/** Names of the parameters of a template, in order. */
export function namesIn(path: string): readonly string[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map((found) => found[1] ?? "");
}

/** The segments of a path, without empty ones. */
export function segmentsOf(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** Whether a segment is nothing but a parameter. */
export function isParameter(segment: string): boolean {
  return /^\{[^{}]+\}$/.test(segment);
}

/** The segments that are no parameters, in lower case. */
export function fixedSegments(path: string): readonly string[] {
  return segmentsOf(path)
    .filter((segment) => !segment.includes("{"))
    .map((segment) => segment.toLowerCase());
}
