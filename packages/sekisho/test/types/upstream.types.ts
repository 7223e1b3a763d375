/**
 * What must and must not compile when an upstream is called. Checked by the compiler, never run.
 *
 * @module
 */

import type { Egress } from "sekisho/egress";
import { defineUpstream, type PathParameters } from "sekisho/upstream";
import { z } from "zod";

type IsAny<A> = 0 extends 1 & A ? true : false;
type Equals<A, B> = [A, IsAny<A>] extends [B, IsAny<B>]
  ? [B, IsAny<B>] extends [A, IsAny<A>]
    ? true
    : false
  : false;

/** Every name after a colon counts, at any place of the path. */
export const parameters: Equals<PathParameters<"/a/:b/c/:d">, "b" | "d"> = true;
export const noParameters: Equals<PathParameters<"/a/*">, never> = true;

const endpoint = {
  response: z.object({ title: z.string() }),
  timeoutMilliseconds: 1,
  idempotent: true,
  maximumBytes: 1,
} as const;

/** Calls with one fault each; the line above names the fault that the compiler must find. */
export async function faults(egress: Egress): Promise<void> {
  const upstream = defineUpstream("partner", {
    origin: "https://api.partner.com",
    egress,
    endpoints: {
      read: { ...endpoint, method: "GET", path: "/documents/:documentId" },
      add: { ...endpoint, method: "POST", path: "/documents" },
    },
    retry: { attempts: 1, budget: 0 },
    breaker: { threshold: 0.5, window: 1, minimumCalls: 1, halfOpenAfterMilliseconds: 1 },
    bulkhead: { concurrent: 1, queued: 0 },
  });
  await upstream.call("add");
  // @ts-expect-error no such endpoint
  await upstream.call("remove");
  // @ts-expect-error the path needs a parameter
  await upstream.call("read");
  // @ts-expect-error the parameter has another name
  await upstream.call("read", { path: { id: "7" } });
  // @ts-expect-error a user's address is read with GET only
  await upstream.fetchUrl("add", "https://api.partner.com/documents");
  const decision = await upstream.call("read", { path: { documentId: "7" } });
  // @ts-expect-error a refusal has no value
  void decision.value;
  if (decision.effect === "deny") return;
  const { value } = decision;
  const typed: Equals<typeof value, { title: string }> = true;
  void typed;
}
