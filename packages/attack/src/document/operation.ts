/**
 * What an OpenAPI document says of one operation, in one form for every version of the format.
 *
 * What the document declares (also under `x-sekisho`) and what is inferred from names and words are
 * kept apart: `access`, `quota`, `step` are declared; `traits` may be inferred.
 *
 * @module
 */

/** A JSON Schema with its references resolved in memory; it may contain itself. */
export type Schema = Readonly<Record<string, unknown>>;

/** The methods that a document can describe. */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE";

/** A parameter beside the body. */
export interface Parameter {
  readonly name: string;
  readonly place: "path" | "query" | "header" | "cookie";
  readonly required: boolean;
  readonly schema: Schema;
  readonly description: string;
  /** The value that the document gives as an example, if any. */
  readonly example: unknown;
}

/** What an operation takes as its body. */
export interface BodyShape {
  readonly required: boolean;
  readonly mediaType: string;
  readonly schema: Schema;
  readonly example: unknown;
}

/** One declared answer. */
export interface AnswerShape {
  /** "200", "4XX" or "default". */
  readonly status: string;
  readonly mediaType: string | undefined;
  readonly schema: Schema | undefined;
}

/** Who may call an operation, as far as the document says so. */
export interface DeclaredAccess {
  /** `unsaid`: the document has no security at all for it, which sloppy documents often forget. */
  readonly kind: "anonymous" | "optional" | "credential" | "webhook" | "unsaid";
  /** Roles that may call it; empty when it names none. */
  readonly roles: readonly string[];
  /** Path parameter that must name the caller's own object, from `x-sekisho` or `x-owner`. */
  readonly ownerParameter: string | undefined;
  /** Path parameter that must be the caller's own id. */
  readonly selfParameter: string | undefined;
  /** Whether the answer may be shared by everybody who may call it (`x-visibility: public`). */
  readonly shared: boolean;
  /** Seconds since the last proof of identity, when fresh proof is declared. */
  readonly stepUpSeconds: number | undefined;
  /** The declaration in its own words, for the report; "security: bearer" and the like. */
  readonly words: string;
}

/** One window of a declared quota. */
export interface QuotaWindow {
  readonly limit: number;
  readonly seconds: number;
}

/** A declared quota. */
export interface DeclaredQuota {
  readonly windows: readonly QuotaWindow[];
  readonly key: "principal" | "client-address";
}

/** A declared step of a state machine. */
export interface DeclaredStep {
  readonly flow: string;
  readonly name: string;
  readonly from: readonly string[];
  readonly to: string;
}

/** What an operation does or is, declared or inferred. */
export type Trait =
  | "lists"
  | "reads"
  | "creates"
  | "changes"
  | "removes"
  | "acts"
  | "searches"
  | "administrative"
  | "money"
  | "destructive"
  | "sign-in"
  | "register"
  | "refresh"
  | "sign-out"
  | "change-password"
  | "reset-password"
  | "identity"
  | "fetches-url"
  | "webhook"
  | "upload"
  | "health"
  | "documentation";

/** One operation of the document. */
export interface Operation {
  /** "GET /api/orders/{order_id}": unique, and how the report names it. */
  readonly key: string;
  readonly method: Method;
  /** Template below the base URL, such as "/api/orders/{order_id}". */
  readonly path: string;
  readonly operationId: string | undefined;
  /** Summary, description, tags and operation id, in lower case, for inference. */
  readonly text: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body: BodyShape | undefined;
  readonly answers: readonly AnswerShape[];
  readonly access: DeclaredAccess;
  readonly quota: DeclaredQuota | undefined;
  readonly step: DeclaredStep | undefined;
  readonly deprecated: boolean;
  /** After this instant it must not answer any more; milliseconds since the epoch. */
  readonly sunsetAt: number | undefined;
  readonly traits: ReadonlySet<Trait>;
  /** Everything under `x-` of the operation, unparsed. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** A kind of object that the API keeps, as its paths show it. */
export interface Resource {
  /** "order" for `/orders/{order_id}`. */
  readonly name: string;
  /** The path parameter that names one of them; unique with `itemPath`. */
  readonly parameter: string;
  /** "/api/orders/{order_id}". */
  readonly itemPath: string;
  /** "/api/orders", whether or not anything is there. */
  readonly collectionPath: string;
  readonly create: Operation | undefined;
  readonly list: Operation | undefined;
  readonly read: Operation | undefined;
  /** PUT and PATCH of the item. */
  readonly changes: readonly Operation[];
  readonly remove: Operation | undefined;
  /** Everything below the item, such as `POST /api/orders/{order_id}/execute`. */
  readonly below: readonly Operation[];
}

/** The document in the form that techniques read. */
export interface ApiDocument {
  readonly title: string;
  /** Base paths or URLs of `servers`, in order. */
  readonly servers: readonly string[];
  readonly operations: readonly Operation[];
  readonly resources: readonly Resource[];
  /** Whether any operation carries `x-sekisho`. */
  readonly declares: boolean;
  /** Names and places of declared credentials, from `securitySchemes`. */
  readonly schemes: readonly CredentialScheme[];
  /** What could not be read and was left out, in words. */
  readonly warnings: readonly string[];
  /** The document as it was given, references unresolved. */
  readonly source: unknown;
}

/** One entry of `securitySchemes`. */
export interface CredentialScheme {
  readonly id: string;
  readonly kind: "bearer" | "basic" | "header" | "cookie" | "query" | "oauth" | "other";
  /** Name of the header, cookie or query parameter. */
  readonly name: string | undefined;
}
