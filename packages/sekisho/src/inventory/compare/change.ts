/**
 * Changes and how they are judged: what a client may send must not shrink, what it may receive must
 * not grow.
 *
 * @module
 */

/** One difference between two documents that a client could notice. */
export interface OpenApiChange {
  /** Stable name, for example `"request-property-became-required"`. */
  readonly id: string;
  /** A client of the old document can stop working. */
  readonly breaking: boolean;
  /** Path template, or name of a webhook. */
  readonly path: string;
  /** Upper-case method; empty for a whole path. */
  readonly method: string;
  /** One line for people. */
  readonly text: string;
}

/** Who writes the value: the client (request) or the API (response). */
export type Direction = "request" | "response";

/** What happened to the set of allowed values. */
export type Effect = "narrowed" | "widened" | "replaced";

/** Where in an operation a comparison is, and where it reports to. */
export interface Scope {
  readonly changes: OpenApiChange[];
  readonly path: string;
  readonly method: string;
  readonly direction: Direction;
  /** First part of an id: `"request-body"`, `"request-property"`, `"response-header"`… */
  readonly place: string;
  /** For people: `"request body /items/0"`. */
  readonly location: string;
  /** The value is text on the wire (query, path, header): any scalar is also a string. */
  readonly isText: boolean;
  /** Only whether there is a change is asked for, not which. */
  readonly isTrial: boolean;
}

/** Reports a change whose verdict follows from the direction and the effect. */
export function judge(scope: Scope, keyword: string, effect: Effect, text: string): void {
  const harmful = scope.direction === "request" ? "narrowed" : "widened";
  note(scope, `${scope.place}-${keyword}`, effect === "replaced" || effect === harmful, text);
}

/** Reports a change whose verdict is known. */
export function note(scope: Scope, id: string, breaking: boolean, text: string): void {
  const { path, method, location } = scope;
  scope.changes.push({
    id,
    breaking,
    path,
    method,
    text: location === "" ? text : `${location}: ${text}`,
  });
}

/** The scope of a part: of a property, an item, an additional property. */
export function inside(scope: Scope, step: string): Scope {
  return {
    ...scope,
    place: partPlaces[scope.place] ?? scope.place,
    location: `${scope.location}/${step}`,
    isText: false,
  };
}

const partPlaces: Readonly<Record<string, string>> = {
  "request-body": "request-property",
  "request-parameter": "request-parameter-property",
  "response-body": "response-property",
  "response-header": "response-header-property",
};

/** The same scope with a list of its own, to find out whether there is any change. */
export function quiet(scope: Scope): Scope {
  return { ...scope, changes: [], isTrial: true };
}
