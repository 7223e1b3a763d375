/**
 * A help desk for two tenants, described by a Swagger 2.0 document from an older tool. Keys are in
 * a header, and another header names the tenant.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { string, type Node } from "./document.ts";
import { empty, json, serve, text, type Answer, type Incoming } from "./serve.ts";
import { hole, type Target } from "./target.ts";

function definition(name: string): Node {
  return { $ref: `#/definitions/${name}` };
}

function body(name: string): Node {
  return { name: "body", in: "body", required: true, schema: definition(name) };
}

function many(name: string): Node {
  return { 200: { description: "ok", schema: { type: "array", items: definition(name) } } };
}

function one(name: string, status = 200): Node {
  return { [status]: { description: "ok", schema: definition(name) } };
}

const id = { name: "id", in: "path", required: true, type: "string" };
const tenantHeader = {
  name: "X-Tenant",
  in: "header",
  type: "string",
  description: "for people who work for several tenants",
};

const openApi = {
  swagger: "2.0",
  info: { title: "Helpdesk", version: "3.11.0" },
  basePath: "/api",
  consumes: ["application/json"],
  produces: ["application/json"],
  securityDefinitions: { key: { type: "apiKey", in: "header", name: "X-Api-Key" } },
  security: [{ key: [] }],
  definitions: {
    Ticket: {
      type: "object",
      properties: {
        id: string,
        owner: string,
        subject: string,
        text: string,
        state: { type: "string", enum: ["open", "closed"] },
      },
    },
    NewTicket: {
      type: "object",
      required: ["subject", "text"],
      properties: { subject: { type: "string", maxLength: 80 }, text: string },
    },
    Ids: {
      type: "object",
      required: ["ids"],
      properties: { ids: { type: "array", items: string } },
    },
    Note: { type: "object", properties: { id: string, text: string, author: string } },
    NewNote: { type: "object", required: ["text"], properties: { text: string } },
    Invoice: {
      type: "object",
      properties: { id: string, plan: string, state: string, amount: { type: "number" } },
    },
    NewInvoice: {
      type: "object",
      required: ["plan"],
      properties: { plan: { type: "string", enum: ["small", "big"] } },
    },
    PaymentEvent: {
      type: "object",
      required: ["event", "invoice"],
      properties: { event: { type: "string", enum: ["invoice.paid"] }, invoice: string },
    },
    Me: { type: "object", properties: { name: string, tenant: string, role: string } },
  },
  paths: {
    "/me": { get: { responses: one("Me") } },
    "/tickets": {
      get: {
        summary: "Your tickets",
        parameters: [{ name: "owner", in: "query", type: "string" }],
        responses: many("Ticket"),
      },
      post: { parameters: [body("NewTicket")], responses: one("Ticket", 201) },
    },
    "/tickets/{id}": {
      parameters: [id],
      get: { responses: { ...one("Ticket"), 404: { description: "not yours, or none" } } },
      patch: { parameters: [body("NewTicket")], responses: one("Ticket") },
      delete: { responses: { 204: { description: "gone" } } },
    },
    "/tickets/{id}/close": {
      post: { parameters: [id], responses: { 200: { description: "closed" } } },
    },
    "/tickets/batch": {
      post: {
        summary: "Several of your tickets at once",
        parameters: [body("Ids")],
        responses: many("Ticket"),
      },
    },
    "/notes": {
      get: {
        summary: "Notes of your tenant; all its members see them",
        parameters: [tenantHeader],
        responses: many("Note"),
      },
      post: { parameters: [tenantHeader, body("NewNote")], responses: one("Note", 201) },
    },
    "/invoices": {
      post: { parameters: [body("NewInvoice")], responses: one("Invoice", 201) },
    },
    "/invoices/{id}": { get: { parameters: [id], responses: one("Invoice") } },
    "/hooks/payment": {
      post: {
        security: [],
        summary: "The payment provider calls this, with X-Signature",
        parameters: [
          body("PaymentEvent"),
          { name: "X-Signature", in: "header", type: "string", required: true },
        ],
        responses: { 204: { description: "taken" } },
      },
    },
    "/admin/tenants": { get: { tags: ["admin"], responses: { 200: { description: "all" } } } },
  },
};

interface Person {
  readonly name: string;
  readonly tenant: string;
  readonly role: "member" | "admin";
  readonly key: string;
}

interface Ticket {
  readonly id: string;
  readonly owner: string;
  subject: string;
  text: string;
  state: "open" | "closed";
}

interface Invoice {
  readonly id: string;
  readonly owner: string;
  readonly plan: string;
  readonly amount: number;
  state: string;
}

const missing = json(404, { code: 404, message: "not found" });

function freshId(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}

class Desk {
  readonly people: Person[] = [];
  readonly tickets = new Map<string, Ticket>();
  readonly notes: { id: string; text: string; author: string; tenant: string }[] = [];
  readonly invoices = new Map<string, Invoice>();

  hire(name: string, tenant: string, role: Person["role"] = "member"): Person {
    const person = { name, tenant, role, key: randomBytes(20).toString("hex") };
    this.people.push(person);
    return person;
  }

  as(handler: (request: Incoming, person: Person) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const key = request.header("x-api-key");
      const person = this.people.find((candidate) => candidate.key === key);
      if (person === undefined) return json(401, { code: 401, message: "no such key" });
      return handler(request, person);
    };
  }

  own(handler: (ticket: Ticket, request: Incoming) => Answer): (request: Incoming) => Answer {
    return this.as((request, { name }) => {
      const ticket = this.tickets.get(request.parameter("id"));
      return ticket?.owner === name ? handler(ticket, request) : missing;
    });
  }

  write(content: Incoming["body"], { name }: Person): Answer {
    const [subject, words] = [text(content["subject"]), text(content["text"])];
    if (subject === "" || words === "" || subject.length > 80)
      return json(400, { code: 400, message: "subject (80) and text" });
    const ticket: Ticket = {
      id: freshId("T"),
      owner: name,
      subject,
      text: words,
      state: "open",
    };
    this.tickets.set(ticket.id, ticket);
    return json(201, ticket);
  }

  rewrite(ticket: Ticket | undefined, content: Incoming["body"]): Answer {
    if (ticket === undefined) return missing;
    ticket.subject = text(content["subject"]).slice(0, 80) || ticket.subject;
    ticket.text = text(content["text"]) || ticket.text;
    return json(200, ticket);
  }

  note(words: string, author: string, tenant: string): Answer {
    const note = { id: freshId("N"), text: words, author, tenant };
    this.notes.push(note);
    return json(201, { id: note.id, text: note.text, author });
  }

  tenantOf(request: Incoming, person: Person): string {
    return request.header("x-tenant") || person.tenant;
  }

  invoice(content: Incoming["body"], { name }: Person): Answer {
    const plan = text(content["plan"]);
    const amount = { small: 10, big: 90 }[plan];
    if (amount === undefined) return json(400, { code: 400, message: "small or big" });
    const invoice = { id: freshId("I"), owner: name, plan, amount, state: "open" };
    this.invoices.set(invoice.id, invoice);
    return json(201, { id: invoice.id, plan, amount, state: invoice.state });
  }

  paid(content: Incoming["body"]): Answer {
    const invoice = this.invoices.get(text(content["invoice"]));
    if (invoice === undefined || content["event"] !== "invoice.paid") return missing;
    invoice.state = "paid";
    return empty();
  }
}

async function start(): ReturnType<Target["start"]> {
  const desk = new Desk();
  desk.hire("ana", "north");
  desk.hire("ben", "north");
  desk.hire("cleo", "south");
  desk.hire("root", "north", "admin");
  for (const person of desk.people.slice(0, 3)) {
    desk.write({ subject: "Printer", text: `The printer of ${person.name} is on fire` }, person);
    desk.note(`${person.name} likes the ${person.tenant} wind`, person.name, person.tenant);
  }
  const running = await serve(
    {
      "GET /api/me": desk.as((_, { name, tenant, role }) => json(200, { name, tenant, role })),
      "GET /api/tickets": desk.as(({ query }, { name }) =>
        json(
          200,
          [...desk.tickets.values()].filter(({ owner }) => owner === (query.get("owner") ?? name)),
        ),
      ),
      "POST /api/tickets": desk.as((request, person) => desk.write(request.body, person)),
      "GET /api/tickets/{id}": desk.own((ticket) => json(200, ticket)),
      "PATCH /api/tickets/{id}": desk.own((ticket, request) => desk.rewrite(ticket, request.body)),
      // From the time before PATCH; no client uses it, so nobody looked at it.
      "PUT /api/tickets/{id}": desk.as((request) =>
        desk.rewrite(desk.tickets.get(request.parameter("id")), request.body),
      ),
      "DELETE /api/tickets/{id}": desk.own((ticket) => {
        desk.tickets.delete(ticket.id);
        return empty();
      }),
      "POST /api/tickets/{id}/close": desk.as((request) => {
        const ticket = desk.tickets.get(request.parameter("id"));
        if (ticket === undefined) return missing;
        ticket.state = "closed";
        return json(200, { id: ticket.id, state: ticket.state });
      }),
      "POST /api/tickets/batch": desk.as((request) => {
        const ids = request.body["ids"];
        if (!Array.isArray(ids)) return json(400, { code: 400, message: "ids" });
        return json(
          200,
          ids.slice(0, 50).flatMap((wanted) => desk.tickets.get(text(wanted)) ?? []),
        );
      }),
      "GET /api/notes": desk.as((request, person) =>
        json(
          200,
          desk.notes
            .filter(({ tenant }) => tenant === desk.tenantOf(request, person))
            .map((note) => ({ id: note.id, text: note.text, author: note.author })),
        ),
      ),
      "POST /api/notes": desk.as((request, person) => {
        const words = text(request.body["text"]);
        if (words === "") return json(400, { code: 400, message: "text" });
        return desk.note(words, person.name, desk.tenantOf(request, person));
      }),
      "POST /api/invoices": desk.as((request, person) => desk.invoice(request.body, person)),
      "GET /api/invoices/{id}": desk.as((request, { name }) => {
        const found = desk.invoices.get(request.parameter("id"));
        if (found?.owner !== name) return missing;
        const { owner: _, ...shown } = found;
        return json(200, shown);
      }),
      "POST /api/hooks/payment": (request) => desk.paid(request.body),
      "GET /api/admin/tenants": desk.as((_, { role }) =>
        role === "admin"
          ? json(200, ["north", "south"])
          : json(403, { code: 403, message: "for admins" }),
      ),
      "GET /api/debug/env": () =>
        json(200, {
          PATH: "/usr/local/bin:/usr/bin",
          HOME: "/srv/desk",
          DATABASE_URL: "postgres://desk:tick-et-42@db.internal/desk",
          SESSION_SECRET: "b8f1c2d0e6a94733",
        }),
    },
    { fallback: () => missing },
  );
  const principals = desk.people.map(({ name, role, key }) => ({
    name,
    role,
    headers: { "x-api-key": key },
  }));
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "vulnerable-tickets",
  description: "A help desk for two tenants with keys in a header and a Swagger 2.0 document.",
  holes: [
    hole("API1", "GET /tickets", "`owner` lists the tickets of anybody.", "A1-07"),
    hole("API1", "POST /tickets/batch", "The batch asks nobody who owns them.", "A1-17"),
    hole("API1", "POST /tickets/{id}/close", "Anybody closes any ticket.", "A1-02", "F-13"),
    hole("API1", "GET /notes", "The tenant is what the header says.", "A1-25", "A1-09"),
    hole(
      "API9",
      "PUT /tickets/{id}",
      "A verb without a check, not in the document.",
      "F-04",
      "I-01",
    ),
    hole("API10", "POST /hooks/payment", "Events need no signature.", "W-01", "W-02"),
    hole(
      "API9",
      "GET /debug/env",
      "Environment and secrets for everybody.",
      "I-08",
      "K-31",
      "K-13",
    ),
  ],
  start,
};
