/**
 * What a declaration of an endpoint must and must not let compile. Each `@ts-expect-error` names the
 * regression it guards, next to the control that compiles; the file is only type-checked.
 *
 * @module
 */

import {
  anonymous,
  anyOf,
  authenticated,
  column,
  defineResource,
  owner,
  role,
  self,
  shapeOf,
  webhook,
} from "sekisho/authorization";
import { document, noContent } from "sekisho/contract";
import { defineEndpoint, unaudited, type PathParameters } from "sekisho/http";
import { production } from "sekisho/inventory";
import type { Principal } from "sekisho/kernel";
import { defineWebhook, standardWebhooks } from "sekisho/webhook";
import { z } from "zod";

type IsAny<A> = 0 extends 1 & A ? true : false;
type Equals<A, B> = [A, IsAny<A>] extends [B, IsAny<B>]
  ? [B, IsAny<B>] extends [A, IsAny<A>]
    ? true
    : false
  : false;
function expectType<Expected>() {
  return <Given>(_value: Given, _proof: Equals<Given, Expected>): void => undefined;
}

const Thing = z.strictObject({ id: z.uuid(), name: z.string().max(80) });
const thing = { id: "019ab3c4-5d6e-7f80-9123-456789abcdef", name: "lamp" };
const Order = defineResource("order", {
  table: "orders",
  owner: column("user_id"),
  row: shapeOf<{ readonly id: string; readonly user_id: string }>(),
});
const Payment = defineWebhook("payment", {
  schemes: [standardWebhooks({ secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] })],
  event: z.strictObject({ type: z.enum(["payment.succeeded", "payment.failed"]) }),
  maximumBytes: 1024,
});

// The parts of a declaration, so that each fault below leaves out exactly one.
const route = { method: "GET", path: "/things/:thing_id" } as const;
const summary = { summary: "Reads a thing" } as const;
const team = { team: "things" } as const;
const lifecycle = { lifecycle: production({ since: "2026-11-01" }) } as const;
const access = { access: authenticated() } as const;
const output = { output: { 200: Thing } } as const;
const about = { ...summary, ...team, ...lifecycle } as const;
const handle = { handle: () => Promise.reject(new Error("never called")) } as const;

// The control: all of them together are a declaration.
defineEndpoint({ ...route, ...summary, ...team, ...lifecycle, ...access, ...output, ...handle });

// @ts-expect-error -- no access: nobody said who may use it
defineEndpoint({ ...route, ...summary, ...team, ...lifecycle, ...output, ...handle });
// @ts-expect-error -- no output: whatever the handler returns would leave
defineEndpoint({ ...route, ...summary, ...team, ...lifecycle, ...access, ...handle });
// @ts-expect-error -- no team: nobody answers for it
defineEndpoint({ ...route, ...summary, ...lifecycle, ...access, ...output, ...handle });
// @ts-expect-error -- no lifecycle: nobody knows when it ends
defineEndpoint({ ...route, ...summary, ...team, ...access, ...output, ...handle });
// @ts-expect-error -- no summary: the document would not explain it
defineEndpoint({ ...route, ...team, ...lifecycle, ...access, ...output, ...handle });
// @ts-expect-error -- no handler
defineEndpoint({ ...route, ...about, ...access, ...output });
// @ts-expect-error -- HEAD is answered by nobody
defineEndpoint({ ...route, method: "HEAD", ...about, ...access, ...output, ...handle });
// @ts-expect-error -- access is a rule, not a flag
defineEndpoint({ ...route, ...about, access: true, ...output, ...handle });

// A rule may name parameters of the path and no others.
defineEndpoint({ ...route, ...about, access: owner(Order, "thing_id"), ...output, ...handle });
// @ts-expect-error -- owner of a parameter that is not in the path
defineEndpoint({ ...route, ...about, access: owner(Order, "order_id"), ...output, ...handle });
defineEndpoint({ ...route, ...about, access: self("thing_id"), ...output, ...handle });
// @ts-expect-error -- self of a parameter that is not in the path
defineEndpoint({ ...route, ...about, access: self("user_id"), ...output, ...handle });
const nested = anyOf(role("admin"), owner(Order, "order_id"));
// @ts-expect-error -- also inside another rule
defineEndpoint({ ...route, ...about, access: nested, ...output, ...handle });

// What changes something says what it leaves in the audit trail.
const change = { method: "POST", path: "/things" } as const;
defineEndpoint({ ...change, ...about, ...access, ...output, audit: "sensitive_create", ...handle });
const why = unaudited("the flow leaves its own event");
defineEndpoint({ ...change, ...about, ...access, ...output, audit: why, ...handle });
// @ts-expect-error -- a mutation without audit
defineEndpoint({ ...change, ...about, ...access, ...output, ...handle });
// @ts-expect-error -- an event name outside the vocabulary
defineEndpoint({ ...change, ...about, ...access, ...output, audit: "thing_made", ...handle });

// The rule decides what the handler is given.
defineEndpoint({
  ...route,
  ...about,
  ...output,
  access: authenticated(),
  handle: ({ principal, reply }) => {
    expectType<Principal>()(principal, true);
    return reply(200, thing);
  },
});
defineEndpoint({
  ...route,
  ...about,
  ...output,
  access: anonymous("it is public"),
  // @ts-expect-error -- nobody is known after anonymous
  handle: ({ principal, reply }) => reply(200, { ...thing, id: principal.subject }),
});
defineEndpoint({
  ...route,
  ...about,
  ...output,
  access: owner(Order, "thing_id"),
  handle: ({ order, reply }) => reply(200, { ...thing, id: order.user_id }),
});
defineEndpoint({
  ...route,
  ...about,
  ...output,
  access: authenticated(),
  // @ts-expect-error -- a row comes from an owner rule alone
  handle: ({ order, reply }) => reply(200, { ...thing, id: order.user_id }),
});
defineEndpoint({
  ...change,
  ...about,
  ...output,
  access: webhook(Payment),
  audit: why,
  acknowledge: ({ reply }) => reply(200, thing),
  handle: ({ event, reply }) => {
    expectType<"payment.succeeded" | "payment.failed">()(event.type, true);
    return reply(200, thing);
  },
});
defineEndpoint({
  ...change,
  ...about,
  ...output,
  access: webhook(Payment),
  audit: why,
  acknowledge: ({ reply }) => reply(200, thing),
  // @ts-expect-error -- a signature is not a person
  handle: ({ principal, reply }) => reply(200, { ...thing, id: principal.subject }),
});

// Path parameters are text, under the names of the path.
export const names: Equals<PathParameters<"/a/:b/c/:d">, "b" | "d"> = true;
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...output,
  handle: ({ parameters, reply }) => reply(200, { ...thing, id: parameters.thing_id }),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...output,
  // @ts-expect-error -- a parameter that the path does not have
  handle: ({ parameters, reply }) => reply(200, { ...thing, id: parameters.order_id }),
});

// Only declared statuses, only the declared body of that status.
const outputs = {
  output: { 200: Thing, 202: z.strictObject({ status: z.literal("ok") }), 204: noContent },
} as const;
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...outputs,
  handle: ({ now, reply }) => {
    if (now === 1) return reply(202, { status: "ok" });
    if (now === 2) return reply(204, undefined);
    return reply(200, thing);
  },
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...outputs,
  // @ts-expect-error -- 201 is not declared
  handle: ({ reply }) => reply(201, thing),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...outputs,
  // @ts-expect-error -- the body of another status
  handle: ({ reply }) => reply(202, thing),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...outputs,
  // @ts-expect-error -- a missing property
  handle: ({ reply }) => reply(200, { id: thing.id }),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...outputs,
  // @ts-expect-error -- a property of another type
  handle: ({ reply }) => reply(200, { ...thing, name: 7 }),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...outputs,
  // @ts-expect-error -- a property that is not in the contract
  handle: ({ reply }) => reply(200, { ...thing, password_hash: "x" }),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...outputs,
  // @ts-expect-error -- 204 has no body
  handle: ({ reply }) => reply(204, thing),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...outputs,
  // @ts-expect-error -- an answer is made by reply alone
  handle: () => thing,
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  output: { 200: document({ mediaType: "text/plain" }) },
  handle: ({ reply }) => reply(200, "text"),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  output: { 200: document({ mediaType: "text/plain" }) },
  // @ts-expect-error -- a document is text or bytes
  handle: ({ reply }) => reply(200, thing),
});

// Body and query are what their contracts put out; without a contract there is nothing to read.
const Body = z.strictObject({ name: z.string().max(80) });
const Query = z.strictObject({ limit: z.int().min(1).max(50).default(20) });
defineEndpoint({
  ...change,
  ...about,
  ...access,
  ...output,
  audit: "sensitive_create",
  body: Body,
  query: Query,
  example: { name: "lamp" },
  handle: ({ body, query, reply }) => {
    expectType<string>()(body.name, true);
    expectType<number>()(query.limit, true);
    return reply(200, { ...thing, name: body.name });
  },
});
defineEndpoint({
  ...change,
  ...about,
  ...access,
  ...output,
  audit: "sensitive_create",
  body: Body,
  // @ts-expect-error -- a property that the body does not have
  handle: ({ body, reply }) => reply(200, { ...thing, name: body.title }),
});
defineEndpoint({
  ...change,
  ...about,
  ...access,
  ...output,
  audit: "sensitive_create",
  // @ts-expect-error -- there is no body without a contract
  handle: ({ body, reply }) => reply(200, { ...thing, name: body.name }),
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...output,
  // @ts-expect-error -- there is no query without a contract
  handle: ({ query, reply }) => reply(200, { ...thing, name: query.name }),
});
defineEndpoint({
  ...change,
  ...about,
  ...access,
  ...output,
  ...handle,
  audit: "sensitive_create",
  body: Body,
  // @ts-expect-error -- an example that is against the contract
  example: { title: "lamp" },
});
defineEndpoint({
  ...change,
  ...about,
  ...access,
  ...output,
  audit: "sensitive_create",
  body: Body,
  // @ts-expect-error -- the cost is computed from what the contract admits
  cost: ({ body }) => body.elements.length,
  ...handle,
});

// A handler has records and nothing else that leads to the database.
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...output,
  handle: async ({ records, reply }) => {
    await records.selectFrom("orders").selectAll().execute();
    return reply(200, thing);
  },
});
defineEndpoint({
  ...route,
  ...about,
  ...access,
  ...output,
  // @ts-expect-error -- there is no store in a handler
  handle: ({ store, reply }) => reply(200, { ...thing, name: String(store) }),
});
