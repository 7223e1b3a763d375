/**
 * Proofs for the help desk.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import { at, type Proof, type Visit } from "../visit.ts";

async function ticket(visit: Visit): Promise<string> {
  const made = await visit.as("ana", "POST /api/tickets", { subject: "Mouse", text: "It bit me" });
  return String(at(made.body, "/id"));
}

async function read(visit: Visit, id: string): Promise<unknown> {
  return (await visit.as("ana", `GET /api/tickets/${id}`)).body;
}

/** By the sentence of the hole. */
export const proofs: Readonly<Record<string, Proof>> = {
  "`owner` lists the tickets of anybody.": async (visit) => {
    const own = await visit.as("ben", "GET /api/tickets");
    assert.doesNotMatch(JSON.stringify(own.body), /printer of ana/);
    const foreign = await visit.as("ben", "GET /api/tickets?owner=ana");
    assert.match(JSON.stringify(foreign.body), /printer of ana/);
  },
  "The batch asks nobody who owns them.": async (visit) => {
    const id = await ticket(visit);
    assert.equal((await visit.as("ben", `GET /api/tickets/${id}`)).status, 404);
    const batch = await visit.as("ben", "POST /api/tickets/batch", { ids: [id, "T-none"] });
    assert.equal(at(batch.body, "/0/text"), "It bit me");
    assert.equal(at(batch.body, "/1"), undefined);
  },
  "Anybody closes any ticket.": async (visit) => {
    const id = await ticket(visit);
    assert.equal(at(await read(visit, id), "/state"), "open");
    assert.equal((await visit.as("ben", `DELETE /api/tickets/${id}`)).status, 404);
    await visit.as("ben", `POST /api/tickets/${id}/close`);
    assert.equal(at(await read(visit, id), "/state"), "closed");
  },
  "The tenant is what the header says.": async (visit) => {
    const own = await visit.as("cleo", "GET /api/notes");
    assert.doesNotMatch(JSON.stringify(own.body), /north wind/);
    const foreign = await visit.as("cleo", "GET /api/notes", undefined, { "x-tenant": "north" });
    assert.match(JSON.stringify(foreign.body), /north wind/);
    const colleague = await visit.as("ben", "GET /api/notes");
    assert.match(JSON.stringify(colleague.body), /ana likes/, "shared inside the tenant");
  },
  "A verb without a check, not in the document.": async (visit) => {
    const id = await ticket(visit);
    const body = { subject: "Ben", text: "was here" };
    assert.equal((await visit.as("ben", `PATCH /api/tickets/${id}`, body)).status, 404);
    await visit.as("ben", `PUT /api/tickets/${id}`, body);
    assert.equal(at(await read(visit, id), "/text"), "was here");
  },
  "Events need no signature.": async (visit) => {
    const made = await visit.as("ana", "POST /api/invoices", { plan: "big", state: "paid" });
    const invoice = String(at(made.body, "/id"));
    const state = async (): Promise<unknown> =>
      at((await visit.as("ana", `GET /api/invoices/${invoice}`)).body, "/state");
    assert.equal(await state(), "open");
    assert.equal((await visit.as("ben", `GET /api/invoices/${invoice}`)).status, 404);
    await visit.as("nobody", "POST /api/hooks/payment", { event: "invoice.paid", invoice });
    assert.equal(await state(), "paid");
  },
  "Environment and secrets for everybody.": async (visit) => {
    const dump = await visit.as("nobody", "GET /api/debug/env");
    assert.match(JSON.stringify(dump.body), /DATABASE_URL/);
    assert.equal((await visit.as("nobody", "GET /api/debug/none")).status, 404);
    assert.equal((await visit.as("ana", "GET /api/admin/tenants")).status, 403);
    assert.equal((await visit.as("root", "GET /api/admin/tenants")).status, 200);
  },
};
