/**
 * Endpoints as data: what `http/` knows about a declared endpoint, without its behaviour.
 *
 * Promise: everything that documents an endpoint (OpenAPI, inventory, drift) is derived from this
 * one value, which is derived from what is enforced. Limits: plain data; it checks nothing.
 *
 * @module
 */

import type { Lifecycle } from "./lifecycle.ts";

/** A JSON Schema (draft 2020-12) as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Who may read or write a property: path of the property, for example `"salary"`, to audiences. */
export type PropertyAudiences = Readonly<Record<string, readonly string[]>>;

/** Who may call an endpoint, in words and as data. */
export interface AccessDescription {
  /** For people and the inventory, for example `"owner of order"`. */
  readonly text: string;
  readonly anonymous: boolean;
  readonly security: "none" | "bearer" | "webhook";
  /** Roles of which the principal needs one; empty when any principal may call. */
  readonly roles: readonly string[];
  /**
   * For `security: "webhook"`: sets of header fields of which one must be there. The default is the
   * set of Standard Webhooks.
   */
  readonly signatureHeaders?: readonly (readonly string[])[];
}

/** One answer of an endpoint that is not a problem. */
export interface ResponseDescription {
  readonly description: string;
  readonly mediaType?: string;
  readonly schema?: JsonSchema;
  /** Header fields of this answer by name, each with a schema. */
  readonly headers?: Readonly<Record<string, JsonSchema>>;
}

/** Everything that is said about one endpoint. */
export interface EndpointDescription {
  readonly method: string;
  /** Path with `:name` parameters, for example `"/api/orders/:order_id"`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Longer text for people. */
  readonly description?: string;
  /** Who answers for it. */
  readonly team: string;
  readonly lifecycle: Lifecycle;
  readonly access: AccessDescription;
  readonly quota: { readonly text: string; readonly key: "principal" | "client-address" };
  readonly step?: {
    readonly flow: string;
    readonly name: string;
    readonly from: readonly string[];
    readonly to: string;
  };
  /** It honours `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** Name of the audit event that a success writes. */
  readonly audit?: string;
  readonly parameters: {
    readonly path: Readonly<Record<string, JsonSchema>>;
    /** Object schema: one property per query parameter. */
    readonly query?: JsonSchema;
    /** Object schema: one property per header field. */
    readonly headers?: JsonSchema;
  };
  readonly requestBody?: {
    readonly mediaType: string;
    readonly schema: JsonSchema;
    readonly required: true;
    /** A body that works, for people who try the API from its document. */
    readonly example?: unknown;
  };
  readonly responses: Readonly<Record<number, ResponseDescription>>;
  /** Statuses of the problems it can answer with. */
  readonly problems: readonly number[];
  readonly readableBy?: PropertyAudiences;
  readonly writableBy?: PropertyAudiences;
  /** Names of the unsafe options in use. */
  readonly unsafe: readonly string[];
}
