/**
 * Which methods a path has, for 405 and its `Allow` (RFC 9110 §15.5.6).
 *
 * Promise: asked only where no endpoint matched, so that a request that is served pays nothing.
 * Limits: the declared paths are static segments and `:names`.
 *
 * @module
 */

/** Finds the methods of a request target's path; empty when the path is unknown. */
export type MethodsOf = (target: string) => readonly string[];

interface Row {
  readonly segments: readonly string[];
  readonly method: string;
}

/** Compiles the declared paths. */
export function createPathTable(
  endpoints: readonly { readonly method: string; readonly path: string }[],
): MethodsOf {
  const rows: readonly Row[] = endpoints.map(({ method, path }) => ({
    segments: path.split("/"),
    method,
  }));
  return (target) => {
    const end = target.search(/[?#]/);
    const segments = (end < 0 ? target : target.slice(0, end)).split("/");
    const methods = rows.filter((row) => matches(row.segments, segments)).map((row) => row.method);
    return [...new Set(methods)].toSorted();
  };
}

function matches(declared: readonly string[], asked: readonly string[]): boolean {
  return (
    declared.length === asked.length &&
    declared.every((segment, index) => {
      const given = asked[index] ?? "";
      return segment.startsWith(":") ? given !== "" : segment === given;
    })
  );
}
