/** All endpoints of the shop. */

import {
  describeApi,
  healthEndpoints,
  keysEndpoint,
  problemEndpoint,
  type Endpoint,
  type Readiness,
} from "sekisho/http";
import type { InventoryEntry, OpenApiDocument } from "sekisho/inventory";
import { adminEndpoints } from "./admin.ts";
import { authEndpoints } from "./auth.ts";
import { orderEndpoints } from "./orders.ts";
import { pageEndpoints } from "./pages.ts";
import { partnerEndpoints } from "./partner.ts";
import { paymentEndpoints } from "./payments.ts";
import { problems } from "./problems.ts";
import { searchEndpoints } from "./search.ts";
import { since, type Services } from "./services.ts";
import { userEndpoints } from "./users.ts";

/** What the document says about the shop. */
export const about = {
  title: "Sekisho shop",
  version: "0.1.0",
  description: "The reference service of Sekisho: every endpoint stands behind the checkpoint.",
  problems,
} as const;

/** The endpoints, and their OpenAPI document. */
export interface ShopEndpoints {
  readonly endpoints: readonly Endpoint[];
  readonly openApi: () => OpenApiDocument;
}

/** Makes all endpoints from the services. */
export function createEndpoints(
  services: Services,
  around: {
    readonly readiness: () => Promise<Readiness>;
    readonly inventory: (now: number) => readonly InventoryEntry[];
  },
): ShopEndpoints {
  const standard = { team: "platform", since } as const;
  const endpoints: Endpoint[] = [
    ...authEndpoints(services),
    ...userEndpoints(),
    ...searchEndpoints(services),
    ...orderEndpoints(services),
    ...partnerEndpoints(services),
    ...paymentEndpoints(services),
    ...adminEndpoints(services, around.inventory),
    ...healthEndpoints({ ...standard, readiness: around.readiness }),
    problemEndpoint({ ...standard, problems }),
    keysEndpoint({ team: "accounts", since, jwks: services.jwks }),
  ];
  const openApi = (): OpenApiDocument => describeApi(endpoints, about);
  endpoints.push(...pageEndpoints(openApi));
  return { endpoints, openApi };
}
