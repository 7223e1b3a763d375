/**
 * Answers that are no JSON value of a schema: documents, and answers without a body.
 *
 * Risk: an answer without a schema leaks whatever it is given (API3.P5). Promise: a body that no
 * schema describes has a declared media type and size. Limits: its content is not looked at.
 *
 * @module
 */

import type { z } from "zod";

const documentKind: unique symbol = Symbol("sekisho.document");
const noContentKind: unique symbol = Symbol("sekisho.no-content");

/** What is said of a document. */
export interface DocumentOptions {
  /** Media type as it goes into `Content-Type`, for example `"text/html; charset=utf-8"`. */
  readonly mediaType: string;
  /** Bytes that a body may have; 1 MiB unless said. */
  readonly maximumBytes?: number;
  /** A policy of its own for documents that load something; one line of ASCII. */
  readonly contentSecurityPolicy?: string;
  /** JSON Schema of the content, for those who read about it; text unless given. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** A declared document. */
export interface DocumentOutput {
  readonly kind: typeof documentKind;
  readonly mediaType: string;
  readonly maximumBytes: number;
  readonly contentSecurityPolicy: string | undefined;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** A declared answer without a body. */
export interface NoContent {
  readonly kind: typeof noContentKind;
}

/** What an endpoint may declare for a status. */
export type OutputDeclaration = z.ZodType | DocumentOutput | NoContent;

/** What a handler has to give for a declaration. */
export type OutputValue<Declaration extends OutputDeclaration> = Declaration extends DocumentOutput
  ? string | Uint8Array
  : Declaration extends NoContent
    ? undefined
    : Declaration extends z.ZodType
      ? z.output<Declaration>
      : never;

const mediaTypePattern =
  /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*(?:; ?[a-z0-9-]+=[A-Za-z0-9._-]+)*$/;
const fieldValuePattern = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * Declares an answer whose body is a ready-made text or bytes.
 *
 * @throws TypeError for a malformed media type, policy or size.
 * @example
 * const page = document({ mediaType: "text/html; charset=utf-8", contentSecurityPolicy: "default-src 'self'" });
 */
export function document(options: DocumentOptions): DocumentOutput {
  const { mediaType, maximumBytes = 1_048_576, contentSecurityPolicy } = options;
  const { schema = { type: "string" } } = options;
  if (!mediaTypePattern.test(mediaType))
    throw new TypeError(`${JSON.stringify(mediaType)} is not a media type`);
  if (!Number.isSafeInteger(maximumBytes) || maximumBytes < 0)
    throw new TypeError(`${maximumBytes} is not a number of bytes`);
  if (contentSecurityPolicy !== undefined && !fieldValuePattern.test(contentSecurityPolicy))
    throw new TypeError("the content security policy is not one line of printable ASCII");
  return Object.freeze({
    kind: documentKind,
    mediaType,
    maximumBytes,
    contentSecurityPolicy,
    schema,
  });
}

/**
 * Declares an answer without a body (204, RFC 9110 §15.3.5).
 *
 * @example
 * const output = { 204: noContent };
 */
export const noContent: NoContent = Object.freeze({ kind: noContentKind });

/**
 * Whether a declaration is a {@link DocumentOutput}.
 *
 * @example
 * isDocument(document({ mediaType: "text/plain" })); // true
 */
export function isDocument(declaration: unknown): declaration is DocumentOutput {
  return hasKind(declaration, documentKind);
}

/**
 * Whether a declaration is {@link NoContent}.
 *
 * @example
 * isNoContent(noContent); // true
 */
export function isNoContent(declaration: unknown): declaration is NoContent {
  return hasKind(declaration, noContentKind);
}

function hasKind(declaration: unknown, kind: symbol): boolean {
  return (
    typeof declaration === "object" &&
    declaration !== null &&
    "kind" in declaration &&
    declaration.kind === kind
  );
}
