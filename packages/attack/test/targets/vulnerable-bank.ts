/**
 * A bank behind a cookie: accounts, transfers, exchange, statements. Version 2 is in the document,
 * version 1 still answers.
 *
 * @module
 */

import { randomBytes, randomInt } from "node:crypto";
import { hostname } from "node:os";
import { posix } from "node:path";
import * as d from "./document.ts";
import { empty, json, pause, serve, text, type Answer, type Incoming } from "./serve.ts";
import { hole, type Target } from "./target.ts";
import { mint, open, trusted } from "./token.ts";

const amount = { type: "number", description: "in the currency of the account" };
const account = d.object({
  number: d.string,
  label: d.string,
  currency: { type: "string", enum: ["EUR", "JPY"] },
  balance: d.number,
});
const transfer = d.object({ id: d.string, from: d.string, to: d.string, amount, memo: d.string });
const problem = d.object({ message: d.string });
const refusals = { 401: problem, 404: problem };

const openApi = {
  openapi: "3.0.2",
  info: { title: "First Bank of Examples", version: "2.0" },
  servers: [{ url: "/" }],
  security: [{ cookieAuth: [] }],
  components: {
    securitySchemes: { cookieAuth: { type: "apiKey", in: "cookie", name: "session" } },
    schemas: { Account: account, Transfer: transfer },
  },
  paths: {
    "/v2/login": {
      post: {
        security: [],
        summary: "Opens a session, in a cookie",
        ...d.takes(d.object({ customer: d.string, pin: d.string }, "customer pin")),
        ...d.gives({ 200: d.object({ customer: d.string }), 401: problem, 429: problem }),
      },
    },
    "/v2/me": {
      get: { ...d.gives({ 200: d.object({ customer: d.string, role: d.string }), 401: problem }) },
    },
    "/v2/accounts": {
      get: { ...d.gives({ 200: d.list(d.ref("Account")), 401: problem }) },
      post: {
        summary: "Opens an account with a gift of 100",
        ...d.takes(d.object({ label: d.string, currency: d.string }, "label"), {
          label: "Holidays",
          currency: "EUR",
        }),
        ...d.gives({ 201: d.ref("Account"), 401: problem }),
      },
    },
    "/v2/accounts/{number}": {
      parameters: [d.inPath("number")],
      get: { ...d.gives({ 200: d.ref("Account"), ...refusals }) },
      put: {
        ...d.takes(d.object({ label: d.string }, "label")),
        ...d.gives({ 200: d.ref("Account"), ...refusals }),
      },
      delete: { ...d.gives({ 204: "Closed", ...refusals }) },
    },
    "/v2/transfers": {
      get: { ...d.gives({ 200: d.list(d.ref("Transfer")), 401: problem }) },
      post: {
        summary: "Sends money from one of your accounts",
        ...d.takes(d.object({ from: d.string, to: d.string, amount, memo: d.string }, "from to")),
        ...d.gives({ 201: d.ref("Transfer"), 409: problem, ...refusals }),
      },
    },
    "/v2/exchange": {
      post: {
        summary: "Changes money between two of your accounts",
        ...d.takes(d.object({ from: d.string, to: d.string, amount, rate: d.number }, "from to")),
        ...d.gives({ 201: d.ref("Transfer"), 409: problem, ...refusals }),
      },
    },
    "/v2/statements": {
      get: {
        parameters: [{ ...d.inQuery("file"), example: "2026-01.txt", required: true }],
        ...d.gives({ 200: "Text", 404: problem }),
      },
    },
    "/v2/admin/customers": {
      get: { ...d.gives({ 200: d.list(d.object({ customer: d.string })), 403: problem }) },
    },
  },
};

interface Account {
  readonly number: string;
  readonly customer: string;
  readonly currency: string;
  label: string;
  balance: number;
}

interface Transfer {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly memo: string;
}

interface Session {
  readonly customer: string;
  readonly role: string;
}

const secret = randomBytes(32).toString("hex");
const none = json(404, { message: "No such account" });

/** The claims of a session. The library believes the header of the token. */
function sessionOf(request: Incoming): Session | undefined {
  const token = /(?:^|;\s*)session=([^;]+)/.exec(request.header("cookie"))?.[1] ?? "";
  const opened = open(token);
  const unsigned = String(opened?.header["alg"]).toLowerCase() === "none";
  const claims = unsigned ? opened?.claims : trusted(token, secret);
  if (claims === undefined) return undefined;
  return { customer: text(claims["sub"]), role: text(claims["role"]) };
}

class Bank {
  readonly customers = new Map<string, { readonly pin: string; readonly role: string }>();
  readonly accounts = new Map<string, Account>();
  readonly transfers: Transfer[] = [];
  readonly failed = new Map<string, number>();
  readonly files = new Map([
    ["/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nbank:x:1000:1000::/srv/bank:/bin/sh\n"],
    ["/etc/hostname", `${hostname()}\n`],
  ]);

  join(customer: string, pin: string, role = "customer"): void {
    this.customers.set(customer, { pin, role });
    this.files.set(`/srv/bank/${customer}/2026-01.txt`, `Statement of ${customer}, January\n`);
  }

  as(
    handler: (request: Incoming, session: Session) => Answer | Promise<Answer>,
  ): (request: Incoming) => Answer | Promise<Answer> {
    return (request) => {
      const session = sessionOf(request);
      return session === undefined
        ? json(401, { message: "Log in first" })
        : handler(request, session);
    };
  }

  logIn({ body }: Incoming): Answer {
    const customer = text(body["customer"]);
    const failed = this.failed.get(customer) ?? 0;
    if (failed >= 8) return json(429, { message: "Wait a minute" }, { "retry-after": "60" });
    const known = this.customers.get(customer);
    if (known === undefined || known.pin !== body["pin"]) {
      this.failed.set(customer, failed + 1);
      return json(401, { message: "Customer or PIN is wrong" });
    }
    this.failed.delete(customer);
    const exp = Math.floor(Date.now() / 1000) + 1800;
    const token = mint({ sub: customer, role: known.role, exp }, secret);
    return json(200, { customer }, { "set-cookie": `session=${token}; Path=/` });
  }

  open({ body }: Incoming, { customer }: Session): Answer {
    // A label that is no string ends as a stack trace.
    const label = (body["label"] as string).trim();
    const currency = body["currency"] === "JPY" ? "JPY" : "EUR";
    const number = `EX${randomInt(10_000_000, 99_999_999)}`;
    this.accounts.set(number, { number, customer, currency, label, balance: 100 });
    return json(201, this.shown(number));
  }

  shown(number: string): unknown {
    const { customer: _, ...shown } = this.accounts.get(number) ?? { customer: "" };
    return shown;
  }

  own(
    handler: (account: Account, request: Incoming) => Answer,
  ): (request: Incoming) => Answer | Promise<Answer> {
    return this.as((request, { customer }) => {
      const found = this.accounts.get(request.parameter("number"));
      return found?.customer === customer ? handler(found, request) : none;
    });
  }

  async send(body: Incoming["body"], rate: number): Promise<Answer> {
    const [from, to] = [this.accounts.get(text(body["from"])), this.accounts.get(text(body["to"]))];
    if (from === undefined || to === undefined) return none;
    const sum = Number(body["amount"]);
    if (!Number.isFinite(sum)) return json(400, { message: "How much?" });
    if (from.balance < sum) return json(409, { message: "Not enough money" });
    await pause(15);
    from.balance -= sum;
    to.balance += sum * rate;
    const memo = text(body["memo"]);
    const id = randomBytes(8).toString("hex");
    this.transfers.push({ id, from: from.number, to: to.number, amount: sum, memo });
    return json(201, this.transfers.at(-1));
  }

  async exchange({ body }: Incoming, { customer }: Session): Promise<Answer> {
    const mine = [body["from"], body["to"]].every(
      (number) => this.accounts.get(text(number))?.customer === customer,
    );
    if (!mine) return none;
    const sum = Number(body["amount"]);
    if (!(sum > 0)) return json(400, { message: "How much?" });
    return this.send(body, Number(body["rate"] ?? 1) || 1);
  }

  statement({ query }: Incoming, { customer }: Session): Answer {
    const path = posix.join("/srv/bank", customer, query.get("file") ?? "");
    const file = this.files.get(path);
    return file === undefined
      ? json(404, { message: "No such statement" })
      : { status: 200, body: file };
  }
}

async function start(): ReturnType<Target["start"]> {
  const bank = new Bank();
  bank.join("alice", "alice-903114");
  bank.join("bob", "bob-771204");
  bank.join("clerk", "clerk-448120", "clerk");
  for (const customer of ["alice", "bob"])
    bank.open({ body: { label: `${customer}'s money` } } as unknown as Incoming, {
      customer,
      role: "customer",
    });
  const of = (wanted: string): readonly Account[] =>
    [...bank.accounts.values()].filter(({ customer }) => customer === wanted);
  const running = await serve(
    {
      "POST /v2/login": (request) => bank.logIn(request),
      "GET /v2/me": bank.as((_, session) => json(200, session)),
      "GET /v2/accounts": bank.as((_, { customer }) =>
        json(
          200,
          of(customer).map(({ number }) => bank.shown(number)),
        ),
      ),
      "POST /v2/accounts": bank.as((request, session) => bank.open(request, session)),
      "GET /v2/accounts/{number}": bank.own(({ number }) => json(200, bank.shown(number))),
      "PUT /v2/accounts/{number}": bank.own((mine, { body }) => {
        mine.label = text(body["label"]) || mine.label;
        return json(200, bank.shown(mine.number));
      }),
      "DELETE /v2/accounts/{number}": bank.own(({ number }) => {
        bank.accounts.delete(number);
        return empty();
      }),
      "GET /v1/accounts/{number}": bank.as((request) => {
        const found = bank.accounts.get(request.parameter("number"));
        const pin = bank.customers.get(found?.customer ?? "")?.pin;
        return found === undefined ? none : json(200, { ...found, pin, risk_score: 0.3 });
      }),
      "GET /v2/transfers": bank.as((_, { customer }) => {
        const mine = new Set(of(customer).map(({ number }) => number));
        return json(
          200,
          bank.transfers.filter(({ from, to }) => mine.has(from) || mine.has(to)),
        );
      }),
      "POST /v2/transfers": bank.as(async ({ body }) => bank.send(body, 1)),
      "POST /v2/exchange": bank.as(async (request, session) => bank.exchange(request, session)),
      "GET /v2/statements": bank.as((request, session) => bank.statement(request, session)),
      "GET /v2/admin/customers": bank.as((_, { role }) =>
        role === "clerk"
          ? json(
              200,
              [...bank.customers.keys()].map((customer) => ({ customer })),
            )
          : json(403, { message: "For clerks" }),
      ),
    },
    {
      malformed: (request) => {
        JSON.parse(request.raw.toString());
        return empty(400);
      },
      failure: (error) => ({
        status: 500,
        body: error instanceof Error ? String(error.stack) : String(error),
      }),
      headers: (request) => ({
        "access-control-allow-origin": request.header("origin") || "*",
        ...(request.header("origin") !== "" && { "access-control-allow-credentials": "true" }),
      }),
    },
  );
  const principals = [...bank.customers].map(([customer, { pin, role }]) => ({
    name: customer,
    role,
    login: { request: "POST /v2/login", body: { customer, pin }, token: "cookie:session" },
  }));
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "vulnerable-bank",
  description: "Accounts and money behind a cookie, an old version beside the new one.",
  holes: [
    hole("API1", "POST /v2/transfers", "Money leaves anybody's account.", "A1-12"),
    hole("API6", "POST /v2/transfers", "A negative amount pulls money.", "B-14"),
    hole("API6", "POST /v2/transfers", "The same balance is spent many times at once.", "B-09"),
    hole("API6", "POST /v2/exchange", "The customer says the rate.", "M-12", "B-15"),
    hole("API2", "GET /v2/me", "Sessions need no signature when they say so.", "J-04"),
    hole("API2", "POST /v2/login", "Scripts and foreign sites see the cookie.", "S-12"),
    hole("API9", "GET /v1/accounts/{number}", "The old version asks nobody who owns it.", "I-02"),
    hole("API8", "GET /v2/statements", "The file may lie in any folder.", "K-14"),
    hole("API8", "POST /v2/accounts", "Errors are stack traces.", "K-01", "X-10"),
    hole("API8", "GET /v2/me", "Every origin may read with the cookie.", "K-03"),
    hole("API8", "POST /v2/accounts", "A form of a foreign page works.", "K-10", "K-09"),
  ],
  start,
};
