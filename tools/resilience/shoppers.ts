/**
 * Load: people who order, validate, execute and pay, and try again until they know the outcome.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { call, type Call, type Called } from "./call.ts";
import { paymentMessage, paymentPath, type PaymentMessage } from "./payment-service.ts";
import type { Person } from "./people.ts";

/** What its client knows about one order. */
export interface OrderRecord {
  readonly owner: string;
  id: string | undefined;
  readonly quantity: number;
  /** Steps that were acknowledged. */
  readonly acknowledged: Set<"created" | "validated" | "executed" | "paid">;
  message: PaymentMessage | undefined;
}

/** What the clients know together. */
export interface Ledger {
  readonly orders: readonly OrderRecord[];
  readonly faults: readonly string[];
  readonly requests: number;
  /** Requests that were not answered, or answered 503. */
  readonly disturbed: number;
  /** Requests that the client itself gave up. */
  readonly hungUp: number;
  readonly redelivered: number;
  /** Milliseconds of the longest answer. */
  readonly longest: number;
}

/** Whom and what the load is made with. */
export interface LoadOptions {
  readonly origins: readonly string[];
  readonly people: readonly Person[];
  readonly products: readonly string[];
  readonly secret: string;
  /** Pause of each client between two orders, milliseconds. */
  readonly pause?: number;
}

/** Load that runs until it is stopped; then every order that was begun is brought to its end. */
export interface Load {
  stop(): Promise<Ledger>;
  /** Ends at once, whatever was begun. */
  abandon(): void;
  /** Orders that were brought to their end so far. */
  readonly done: number;
}

const stepMilliseconds = 40_000;
const hangUpShare = 0.15;
const hangUpMilliseconds = 30;

class Shoppers implements Load {
  readonly #options: LoadOptions;
  readonly #orders: OrderRecord[] = [];
  readonly #faults: string[] = [];
  readonly #lanes: readonly Promise<void>[];
  #turn = 0;
  #stopping = false;
  #abandoned = false;
  #requests = 0;
  #disturbed = 0;
  #hungUp = 0;
  #redelivered = 0;
  #longest = 0;
  #done = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#lanes = options.people.map((person) => this.#shop(person));
  }

  get done(): number {
    return this.#done;
  }

  async stop(): Promise<Ledger> {
    this.#stopping = true;
    await Promise.all(this.#lanes);
    return {
      orders: this.#orders,
      faults: [...new Set(this.#faults)],
      requests: this.#requests,
      disturbed: this.#disturbed,
      hungUp: this.#hungUp,
      redelivered: this.#redelivered,
      longest: this.#longest,
    };
  }

  abandon(): void {
    this.#stopping = true;
    this.#abandoned = true;
  }

  async #shop(person: Person): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#order(person);
        this.#done++;
      } catch (error) {
        this.#faults.push(error instanceof Error ? error.message : String(error));
      }
      await sleep(this.#options.pause ?? 20);
    }
  }

  async #order({ id: owner, token }: Person): Promise<void> {
    const { products, secret } = this.#options;
    const number = this.#orders.length;
    const quantity = 1 + (number % 3);
    const acknowledged: OrderRecord["acknowledged"] = new Set();
    const order: OrderRecord = { owner, id: undefined, quantity, acknowledged, message: undefined };
    this.#orders.push(order);
    const created = await this.#insist("/api/orders", [201], {
      token,
      json: { items: [{ product_id: products[number % products.length], quantity }] },
      headers: { "idempotency-key": `"${randomUUID()}"` },
    });
    const id = String(created.member("id"));
    order.id = id;
    acknowledged.add("created");
    await this.#insist(`/api/orders/${id}/validate`, [200], { method: "POST", token }, 409);
    acknowledged.add("validated");
    await this.#insist(`/api/orders/${id}/execute`, [202], { method: "POST", token }, 409);
    acknowledged.add("executed");
    const type = number % 5 === 4 ? "payment.failed" : "payment.succeeded";
    const message = paymentMessage(secret, type, id);
    order.message = message;
    await this.#insist(paymentPath, [202], message.call);
    acknowledged.add("paid");
    // The sender lost our answer, as senders do, and delivers the same message again.
    await this.#insist(paymentPath, [202], message.call);
    this.#redelivered++;
  }

  /**
   * Repeats a request until it is answered. `repeated` is the status that a step has when it was
   * taken before; it is right only when an earlier attempt ended without a clear answer.
   */
  async #insist(
    path: string,
    expected: readonly number[],
    sent: Call,
    repeated?: number,
  ): Promise<Called> {
    const end = performance.now() + stepMilliseconds;
    let unclear = false;
    while (performance.now() < end && !this.#abandoned) {
      // Who hangs up does not know what became of the request, and asks again.
      const hangsUp = Math.random() < hangUpShare;
      const patience = Math.ceil(Math.random() * hangUpMilliseconds);
      const answer = await this.#send(path, hangsUp ? { ...sent, patience } : sent);
      if (expected.includes(answer.status)) return answer;
      if (answer.status === repeated && unclear) return answer;
      switch (answer.status) {
        case 0:
        case 503:
          unclear = true;
          if (hangsUp) this.#hungUp++;
          else this.#disturbed++;
          break;
        case 429:
          break;
        default:
          throw new Error(`${path.replace(/[0-9a-f-]{36}/, ":id")} was answered ${answer.status}`);
      }
      const seconds = Number(answer.headers.get("retry-after") ?? "0");
      await sleep(Math.min(1_000, Math.max(100, seconds * 1_000)));
    }
    throw new Error(`${path} did not get through within ${stepMilliseconds / 1_000} s`);
  }

  async #send(path: string, sent: Call): Promise<Called> {
    const { origins } = this.#options;
    this.#requests++;
    const answer = await call(`${origins[this.#turn++ % origins.length]}${path}`, sent);
    this.#longest = Math.max(this.#longest, answer.milliseconds);
    if (answer.status === 503 && answer.member("code") === undefined)
      this.#faults.push(`${path} was answered 503 without a problem`);
    return answer;
  }
}

/** Begins the load. */
export function startShoppers(options: LoadOptions): Load {
  return new Shoppers(options);
}
