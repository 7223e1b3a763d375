/** The vulnerable shop, put together. */

import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { addAccounts } from "./accounts.ts";
import { addAdministration } from "./administration.ts";
import { addSearch } from "./catalogue.ts";
import { openApiDocument } from "./document.ts";
import { addForgotten } from "./forgotten.ts";
import { addGateway, createGateway } from "./gateway.ts";
import { addOrders } from "./orders.ts";
import { addPages } from "./pages.ts";
import { addPartner, startPartner } from "./partner.ts";
import { addPayments } from "./payments.ts";
import { addPeople } from "./people.ts";
import { refuseProduction } from "./settings.ts";
import { addDemoAccounts, createState, type Account } from "./state.ts";

/** A running vulnerable shop. */
export interface VulnerableShop {
  readonly origin: string;
  readonly accounts: readonly Account[];
  close(): Promise<void>;
}

/**
 * Starts the vulnerable shop and its partner, both on 127.0.0.1 and nowhere else.
 *
 * @example
 * const shop = await startVulnerableShop({ port: 0 });
 * await fetch(`${shop.origin}/api/search?q=tea`);
 * await shop.close();
 */
export async function startVulnerableShop({
  port,
  partnerPort = 0,
}: {
  readonly port: number;
  readonly partnerPort?: number;
}): Promise<VulnerableShop> {
  refuseProduction(process.env);
  const state = createState();
  const accounts = addDemoAccounts(state);
  const partner = await startPartner(partnerPort);
  const stop = new AbortController();
  const app = createApp();

  addGateway(app, state);
  addAccounts(app, state);
  addPeople(app, state);
  addSearch(app, state);
  addOrders(app, state);
  addPayments(app, state);
  addPartner(app, state, stop.signal);
  addAdministration(app, state);
  addPages(app, openApiDocument(`${partner.origin}/v1/metadata/coffee`));
  addForgotten(app, state);

  const close = async (): Promise<void> => {
    stop.abort();
    await app.close();
    await partner.close();
  };
  try {
    return { origin: await app.listen({ host: "127.0.0.1", port }), accounts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function createApp(): FastifyInstance {
  const app = fastify({
    bodyLimit: 20 * 1_048_576, // hole V-API4-04: twenty times what is documented
    forceCloseConnections: true,
    routerOptions: { caseSensitive: false },
    serverFactory: createGateway,
  });
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    async (_request: FastifyRequest, body: string | Buffer) => {
      try {
        return body === "" ? undefined : (JSON.parse(String(body)) as unknown);
      } catch (error) {
        throw Object.assign(error as Error, { statusCode: 400, code: "malformed-body" });
      }
    },
  );
  app.options("/*", async (_request, reply) => reply.code(204).send());
  return app;
}
