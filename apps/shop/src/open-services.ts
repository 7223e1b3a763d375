/** Opens what the endpoints are made with. */

import { recordEvent } from "sekisho/audit";
import {
  createAuthentication,
  createTokenIssuer,
  createTokenVerifier,
  defaultPasswordPolicy,
  principalClaims,
  publicJwks,
  type Authentication,
  type SigningKey,
} from "sekisho/authentication";
import { createCursors } from "sekisho/authorization";
import { deleteExpired } from "sekisho/flow";
import type { Broadcast } from "sekisho/kernel";
import type { Store } from "sekisho/store";
import { createPartnerClient } from "./connections.ts";
import type { Ground } from "./ground.ts";
import { createPaymentWebhook } from "./payments.ts";
import { cursorKeyOf, signingKeyOf } from "./secrets.ts";
import type { Services } from "./services.ts";

function keepHouse(
  store: Store,
  services: Services,
  onFailure: (error: unknown) => void,
): () => void {
  const timer = setInterval(() => {
    const now = new Date(services.clock.now());
    Promise.all([
      services.authentication.removeExpired(),
      store.asSystem("housekeeping: forget expired answers", (session) =>
        deleteExpired(session, now),
      ),
    ]).catch(onFailure);
  }, 3_600_000);
  timer.unref();
  return () => clearInterval(timer);
}

async function startAuthentication(
  { settings, store, events, clock, randomness, undo, onFailure }: Ground,
  key: SigningKey,
  broadcast: Broadcast,
): Promise<Authentication> {
  const named = { issuer: settings.SHOP_ISSUER, audience: settings.SHOP_AUDIENCE, clock };
  const authentication = createAuthentication({
    system: store,
    broadcast,
    issuer: createTokenIssuer({ ...named, key, randomness }),
    verifier: createTokenVerifier({
      ...named,
      jwks: publicJwks([key]),
      requiredClaims: principalClaims,
    }),
    passwordPolicy: defaultPasswordPolicy,
    clock,
    randomness,
    events,
    record: (session, event) =>
      recordEvent(session, event, {
        at: new Date(clock.now()),
        requestId: "authentication",
        source: "system",
      }),
    onFailure,
  });
  await authentication.start();
  undo.push(() => authentication.close());
  return authentication;
}

/** The services; authentication listens for ended sessions when this resolves. */
export async function openServices(
  ground: Ground,
  paymentSecrets: readonly [string, ...string[]],
  broadcast: Broadcast,
): Promise<Services> {
  const { settings, production, parts, clock, randomness, store, undo, onFailure } = ground;
  const key = await signingKeyOf(settings, production);
  const services: Services = {
    store,
    authentication: await startAuthentication(ground, key, broadcast),
    clock,
    randomness,
    cursors: createCursors(cursorKeyOf(key.privateKey)),
    partner: await createPartnerClient(production, { clock, randomness }, undo, parts.partnerPort),
    payment: createPaymentWebhook(paymentSecrets),
    jwks: () => publicJwks([key]),
  };
  undo.push(keepHouse(store, services, onFailure));
  return services;
}
