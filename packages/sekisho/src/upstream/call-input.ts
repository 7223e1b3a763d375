/**
 * Inputs of calls, and the paths that they make.
 *
 * Promise: a value of a path parameter stays one segment of the path: it can neither add segments
 * nor climb. Limits: whether the value makes sense to the upstream is the caller's business.
 *
 * @module
 */

/** Names of the parameters in a path such as `/documents/:documentId`. */
export type PathParameters<Path extends string> = Path extends `${infer Head}/${infer Rest}`
  ? PathParameters<Head> | PathParameters<Rest>
  : Path extends `:${infer Name}`
    ? Name
    : never;

/** What every call may say. */
export interface FetchInput {
  readonly signal?: AbortSignal;
  /** Moment at which the caller loses interest, in milliseconds of the clock. */
  readonly deadline?: number;
}

interface PlainInput extends FetchInput {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a call may say, with the parameters that its path demands. */
export type CallInput<Path extends string> = PlainInput &
  ([PathParameters<Path>] extends [never]
    ? { readonly path?: never }
    : { readonly path: Readonly<Record<PathParameters<Path>, string | number>> });

/** The input of a call, left out when the path demands nothing. */
export type CallArguments<Path extends string> = [PathParameters<Path>] extends [never]
  ? [input?: CallInput<Path>]
  : [input: CallInput<Path>];

/** Any input, as the implementation sees it. */
export interface AnyInput extends PlainInput {
  readonly path?: Readonly<Record<string, string | number>>;
}

/**
 * Fills in a path. `undefined` when a value is missing, empty, a dot segment or not Unicode text.
 */
export function fillPath(
  path: string,
  values: Readonly<Record<string, string | number>>,
): string | undefined {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (!segment.startsWith(":")) {
      segments.push(segment);
      continue;
    }
    const name = segment.slice(1);
    const value = Object.hasOwn(values, name) ? String(values[name]) : "";
    // Dot segments survive percent-encoding: URL parsers resolve %2e%2e as well.
    if (value === "" || value === "." || value === ".." || !value.isWellFormed()) return undefined;
    segments.push(encodeURIComponent(value));
  }
  return segments.join("/");
}

/**
 * Whether the path of a parsed URL is one of a template; a last segment `*` stands for any rest.
 */
export function matchesPath(template: string, pathname: string): boolean {
  // An upstream may decode these before it routes, once or twice, or cut the parameters of a dot
  // segment off; for us they are no part of a segment.
  if (/%(?:25)?(?:2f|5c|00)|%252e|\/\.{1,2};/i.test(pathname)) return false;
  const expected = template.split("/");
  const actual = pathname.split("/");
  const open = expected.at(-1) === "*";
  if (open) expected.pop();
  if (open ? actual.length <= expected.length : actual.length !== expected.length) return false;
  return expected.every((segment, index) =>
    segment.startsWith(":") ? actual[index] !== "" : segment === actual[index],
  );
}
