/**
 * Where an application says which tables it has, once, for all its handlers.
 *
 * @module
 */

/**
 * To be extended by the application, so that `records` knows its tables.
 *
 * @example
 * declare module "sekisho/store" {
 *   interface Register {
 *     database: { orders: { id: string; user_id: string } };
 *   }
 * }
 */
// eslint-disable-next-line typescript/no-empty-object-type
export interface Register {}

/** The tables of the application, as registered. */
export type RegisteredDatabase = Register extends { readonly database: infer Tables }
  ? Tables
  : Record<string, Record<string, unknown>>;
