/** What the client sent, taken as it comes. */

import type { FastifyRequest } from "fastify";

/** An answer other than success. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

type Values = Readonly<Record<string, unknown>>;

/** The JSON object of the body; nothing says what may be in it. */
export function bodyOf({ body }: FastifyRequest): Values {
  if (typeof body !== "object" || body === null)
    throw new Refusal(422, "invalid-request", "The body must be a JSON object.");
  return body as Values;
}

/** The body when it has these properties, of whatever type. */
export function bodyWith(request: FastifyRequest, ...names: readonly string[]): Values {
  const body = bodyOf(request);
  for (const name of names)
    if (body[name] === undefined || body[name] === "")
      throw new Refusal(422, "invalid-request", `${name} is missing.`);
  return body;
}

/** The query parameters. */
export function queryOf({ query }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return query as Readonly<Record<string, string | undefined>>;
}

/** A parameter of the path. */
export function pathValue({ params }: FastifyRequest, name: string): string {
  return (params as Readonly<Record<string, string>>)[name] ?? "";
}

/** A page of a list. */
export function pageOf<Item>(
  all: readonly Item[],
  query: Readonly<Record<string, unknown>>,
): { readonly items: readonly Item[]; readonly next_cursor: string | null } {
  const limit = Number(query["limit"] ?? 20) || 20;
  const start = Number(query["cursor"] ?? 0) || 0;
  const end = start + limit;
  return { items: all.slice(start, end), next_cursor: end < all.length ? String(end) : null };
}
