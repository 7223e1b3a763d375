/** What the endpoints of the shop are made with. */

import type { Authentication } from "sekisho/authentication";
import type { Cursors } from "sekisho/authorization";
import type { Clock, Randomness } from "sekisho/kernel";
import type { Store } from "sekisho/store";
import type { PartnerApi } from "./partner.ts";
import type { PaymentWebhook } from "./payments.ts";

/** The parts that `shop.ts` puts together. */
export interface Services {
  readonly store: Store;
  readonly authentication: Authentication;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly cursors: Cursors;
  readonly partner: PartnerApi;
  readonly payment: PaymentWebhook;
  readonly jwks: () => object;
}

/** The team of every endpoint of an area, and since when there is one. */
export const since = "2026-11-01";
