/**
 * API10:2023 Unsafe Consumption of APIs: a partner that lies, stalls and leads astray (requirements
 * API10.V2..V5, S1, S2). Incoming events are in `api10-webhooks.test.ts`.
 */

import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { runShop, type Answer, type Person, type RunningShop } from "../running-shop.ts";
import {
  canary,
  outages,
  startHostilePartner,
  wrongAnswers,
  type HostilePartner,
} from "./hostile-partner.ts";

describe("API10: what the partner says is not believed before it is checked", () => {
  let running: RunningShop;
  let partner: HostilePartner;
  let sink: Server;
  let contacts = 0;
  const people: Person[] = [];

  before(async () => {
    sink = createServer((socket) => {
      contacts += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
    partner = await startHostilePartner((sink.address() as AddressInfo).port);
    running = await runShop({ partnerPort: partner.port });
    people.push(await running.signIn("alice"), await running.signIn("bob"));
    people.push(await running.newcomer(), await running.newcomer());
  });
  after(async () => {
    await running.close();
    partner.close();
    sink.close();
  });

  let asked = 0;
  /** Asks as somebody else each time: everybody may ask only so often. */
  function fetchMetadata(name: string): Promise<Answer> {
    const who = people[asked++ % people.length] ?? assert.fail();
    const json = { url: `https://api.partner.com/v1/metadata/${name}` };
    return running.send("/api/fetch-metadata", { token: who.token, json });
  }

  function told(answer: Answer): unknown {
    const headers = Object.fromEntries(answer.headers);
    for (const name of ["date", "ratelimit"]) delete headers[name];
    const { instance, request_id, ...body } = answer.json();
    assert.equal(instance, `urn:uuid:${String(request_id)}`);
    return { status: answer.status, headers, body };
  }

  const wire = (answer: Answer): string =>
    answer.text + JSON.stringify(Object.fromEntries(answer.headers));

  let refusal: unknown;
  function assertRefused(answer: Answer, what: string): void {
    assert.equal(answer.status, 502, `${what} ${answer.text}`);
    assert.equal(answer.json()["code"], "upstream-failed", what);
    assert.ok(!wire(answer).includes(canary), `${what}: words of the partner on the wire`);
    refusal ??= told(answer);
    assert.deepEqual(told(answer), refusal, what);
  }

  async function assertGood(name = "good"): Promise<Answer> {
    const answer = await fetchMetadata(name);
    assert.equal(answer.status, 200, `${name} ${answer.text}`);
    assert.deepEqual(Object.keys(answer.json()), ["title", "description", "updated_at"]);
    assert.ok(!wire(answer).includes(canary), name);
    return answer;
  }

  it("takes a document as agreed, and of a larger one what was agreed", async () => {
    const plain = await assertGood();
    assert.equal((await assertGood("more-than-agreed")).text, plain.text);
    const injection = await assertGood("injection");
    assert.equal(injection.json()["title"], "'); DROP TABLE shop_order; --<script>");
    assert.equal(injection.headers.get("content-type"), "application/json; charset=utf-8");
  });

  it("tells the partner nothing about the person who asks", () => {
    const [request] = partner.requests;
    assert.deepEqual(Object.keys(request?.headers ?? {}).toSorted(), [
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
    assert.equal(request?.headers["user-agent"], "sekisho-shop");
    assert.equal(request?.headers["accept-encoding"], "identity");
  });

  for (const name of Object.keys(wrongAnswers))
    it(`refuses an answer that is ${name}, and says no more about it than about any other`, async () => {
      assertRefused(await fetchMetadata(name), name);
    });

  it("led nowhere by any of these, and still serves", async () => {
    assert.equal(contacts, 0);
    await assertGood();
  });

  it("gives up in time on what fails, breaks off, stalls or drips", async () => {
    const started = Date.now();
    const names = Object.keys(outages);
    const answers = await Promise.all(names.map(fetchMetadata));
    const seconds = (Date.now() - started) / 1000;
    for (const [index, answer] of answers.entries()) assertRefused(answer, names[index] ?? "");
    assert.ok(seconds >= 2.9 && seconds < 6, `${seconds} seconds`);
    await assertGood();
  });

  it("refuses at once while the partner is down, and finds it again by itself", async () => {
    let unavailable: Answer | undefined;
    for (let count = 0; count < 40 && unavailable === undefined; count++) {
      const answer = await fetchMetadata("failing");
      if (answer.status === 503) unavailable = answer;
      else assertRefused(answer, "failing");
    }
    assert.equal(unavailable?.json()["code"], "unavailable");
    assert.ok(Number(unavailable.headers.get("retry-after")) >= 1);
    assert.ok(!wire(unavailable).includes(canary));

    const sofar = partner.requests.length;
    assert.equal((await fetchMetadata("good")).status, 503);
    assert.equal(partner.requests.length, sofar);
    await new Promise((resolve) => setTimeout(resolve, 5_100));
    await assertGood();
  });

  it("nothing of all this was an internal error", () => {
    assert.deepEqual(running.internalErrors, []);
  });
});
