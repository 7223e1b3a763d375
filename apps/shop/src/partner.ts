/** Reading documents of the partner: the only place the shop connects to. */

import { z } from "zod";
import { authenticated } from "sekisho/authorization";
import type { Egress } from "sekisho/egress";
import { defineEndpoint, unaudited, type Endpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import type { Clock, Randomness } from "sekisho/kernel";
import { defineUpstream, toProblem } from "sekisho/upstream";
import { since, type Services } from "./services.ts";

const properties = {
  title: z.string().max(200),
  description: z.string().max(2_000),
  updated_at: z.iso.datetime(),
};

/** What we take of a document of the partner; the rest is dropped. */
export const PartnerDocument = z.object(properties);

const Metadata = z.strictObject(properties);

/** Host of the partner. */
export const partnerHost = "api.partner.com";
/** A document that exists, in development too. */
export const exampleUrl = `https://${partnerHost}/v1/metadata/coffee`;

/** The client of the partner. */
export type PartnerApi = ReturnType<typeof createPartner>;

/** Declares the partner as an upstream. */
export function createPartner(parts: {
  readonly egress: Egress;
  readonly clock: Clock;
  readonly randomness: Randomness;
}) {
  return defineUpstream("partner", {
    ...parts,
    origin: `https://${partnerHost}`,
    endpoints: {
      metadata: {
        method: "GET",
        path: "/v1/metadata/*",
        response: PartnerDocument,
        timeoutMilliseconds: 3_000,
        idempotent: true,
        maximumBytes: 65_536,
      },
    },
    retry: { attempts: 2, budget: 0.2 },
    breaker: { threshold: 0.5, window: 20, minimumCalls: 10, halfOpenAfterMilliseconds: 5_000 },
    bulkhead: { concurrent: 16, queued: 32 },
    assessment: { date: "2026-11-01", owner: "catalogue" },
  });
}

/** The endpoints of this area. */
export function partnerEndpoints({ partner }: Services): readonly Endpoint[] {
  return [
    defineEndpoint({
      method: "POST",
      path: "/api/fetch-metadata",
      summary: "Fetches a document of the partner",
      team: "catalogue",
      lifecycle: production({ since }),
      access: authenticated({ party: "user" }),
      quota: "60/minute;20/second",
      audit: unaudited("it changes nothing; refusals are events of their own"),
      problems: ["destination-refused", "upstream-failed", "unavailable"],
      body: z.strictObject({ url: z.string().max(2_000) }),
      example: { url: exampleUrl },
      output: { 200: Metadata },
      handle: async ({ body, signal, deadline, reply }) => {
        const fetched = await partner.fetchUrl("metadata", body.url, { signal, deadline });
        if (fetched.effect === "deny") throw toProblem(fetched);
        return reply(200, fetched.value);
      },
    }),
  ];
}
