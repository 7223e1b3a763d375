/**
 * The one way in which reading a document fails.
 *
 * @module
 */

/** What was given is no OpenAPI document at all; the message says what it looks like instead. */
export class DocumentFault extends Error {
  override readonly name = "DocumentFault";
}
