/** API7:2023 Server Side Request Forgery: requirements API7.V1, V3, V5, P3, P5, P6, P8; 5.3, 5.4, 8.6. */

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runShop, type Answer, type Person, type RunningShop } from "../running-shop.ts";
import { refusedAddresses } from "./refused-addresses.ts";

/** The endpoint allows each person so many at once. */
const perPerson = 20;

interface Listener {
  readonly port: number;
  /** Lines of the requests that came in. */
  readonly requests: string[];
  connections(): number;
  close(): void;
}

/** Waits on every address of this machine and answers like the partner would. */
async function listen(): Promise<Listener> {
  const requests: string[] = [];
  let connections = 0;
  const server: Server = createServer((message, response) => {
    requests.push(`${message.method} ${message.url} ${message.headers.host}`);
    const document = { title: "t", description: "d", updated_at: "2026-11-01T00:00:00Z" };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    requests,
    connections: () => connections,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe("API7: the shop fetches documents of the partner and nothing else", () => {
  let running: RunningShop;
  let partner: Listener;
  let canary: Listener;
  let alice: Person;
  const people: Person[] = [];

  before(async () => {
    [partner, canary] = await Promise.all([listen(), listen()]);
    running = await runShop({ partnerPort: partner.port });
    alice = await running.signIn("alice");
  });
  after(async () => {
    await running.close();
    partner.close();
    canary.close();
  });

  const fetchMetadata = (url: unknown, who: Person = alice): Promise<Answer> =>
    running.send("/api/fetch-metadata", { token: who.token, json: { url } });

  /** One who has not asked for much yet: everybody may ask only so often. */
  async function somebody(index: number): Promise<Person> {
    const seat = Math.floor(index / perPerson);
    while (people.length <= seat) people.push(await running.newcomer());
    return people[seat] ?? assert.fail();
  }

  async function exampleUrl(): Promise<string> {
    const document = (await running.send("/openapi.json")).json();
    const operation = (document["paths"] as Record<string, Record<string, never>>)[
      "/api/fetch-metadata"
    ]?.["post"] as unknown as {
      requestBody: { content: Record<string, { example: { url: string } }> };
    };
    return operation.requestBody.content["application/json"]?.example.url ?? assert.fail();
  }

  /** What a client can tell one refusal from another by. */
  function told(answer: Answer): unknown {
    const headers = Object.fromEntries(answer.headers);
    for (const name of ["date", "ratelimit", "connection", "keep-alive"]) delete headers[name];
    const { instance, request_id, ...body } = answer.json();
    assert.equal(instance, `urn:uuid:${String(request_id)}`);
    return { status: answer.status, headers, body };
  }

  it("the example of the document works", async () => {
    const url = await exampleUrl();
    const answer = await fetchMetadata(url);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json(), {
      title: "t",
      description: "d",
      updated_at: "2026-11-01T00:00:00Z",
    });
    assert.deepEqual(partner.requests, ["GET /v1/metadata/coffee api.partner.com"]);
  });

  it("every other address gets one and the same refusal, and no connection is made", async () => {
    const groups = Object.entries(refusedAddresses(canary.port));
    const addresses = groups.flatMap(([group, urls]) => urls.map((url) => ({ group, url })));
    assert.ok(addresses.length >= 100);
    const arrived = partner.connections();
    const { body } = told(await fetchMetadata("https://example.com/")) as { body: unknown };
    const expected = JSON.stringify(body);
    let sample: unknown;

    for (let start = 0; start < addresses.length; start += perPerson) {
      const who = await somebody(start);
      const some = addresses.slice(start, start + perPerson);
      const answers = await Promise.all(some.map(({ url }) => fetchMetadata(url, who)));
      for (const [index, answer] of answers.entries()) {
        const what = JSON.stringify(some[index]);
        assert.equal(answer.status, 422, `${what} ${answer.text}`);
        sample ??= told(answer);
        assert.deepEqual(told(answer), sample, what);
        assert.equal(answer.json()["code"], "destination-refused", what);
      }
    }
    assert.equal(JSON.stringify((sample as { body: unknown }).body), expected);
    assert.equal(canary.connections(), 0);
    assert.equal(partner.connections(), arrived);
    assert.equal((await fetchMetadata(await exampleUrl())).status, 200);
  });

  it("other spellings of the allowed address lead to the partner or nowhere", async () => {
    const spellings = [
      "https://api.partner.com:443/v1/metadata/coffee",
      "https://API.Partner.COM/v1/metadata/coffee",
      "HTTPS://api.partner.com/v1/metadata/coffee",
      "https://api.partner.com./v1/metadata/coffee",
      "https:api.partner.com/v1/metadata/coffee",
      "https:////api.partner.com/v1/metadata/coffee",
      "https://ａｐｉ.partner.com/v1/metadata/coffee",
      "https://api.partner.com/v1/metadata/coffee#//127.0.0.1",
      "https://api.partner.com/v1/metadata/./coffee",
    ];
    for (const url of spellings) {
      const answer = await fetchMetadata(url, await somebody(spellings.length * perPerson));
      assert.ok([200, 422].includes(answer.status), `${url} ${answer.text}`);
      if (answer.status === 422) assert.equal(answer.json()["code"], "destination-refused");
    }
    for (const line of partner.requests)
      assert.equal(line, "GET /v1/metadata/coffee api.partner.com");
    assert.equal(canary.connections(), 0);
  });

  it("what is no address at all is an ordinary refusal of the contract", async () => {
    const tooLong = `https://api.partner.com/v1/metadata/${"a".repeat(2_000)}`;
    const others = [tooLong, 7, null, true, [], {}, ["https://api.partner.com/"]];
    for (const url of others) {
      const answer = await fetchMetadata(url, await somebody(0));
      assert.equal(answer.status, 422);
      const { code, errors } = answer.json();
      assert.equal(code, "invalid-request");
      assert.equal((errors as { pointer: string }[])[0]?.pointer, "#/url");
    }
    const exact = `https://api.partner.com/x/${"a".repeat(1_974)}`;
    assert.equal(exact.length, 2_000);
    assert.equal((await fetchMetadata(exact)).json()["code"], "destination-refused");
    assert.equal((await fetchMetadata(`${exact}a`)).json()["code"], "invalid-request");
  });

  it("nobody is asked to fetch for strangers", async () => {
    const url = await exampleUrl();
    const answer = await running.send("/api/fetch-metadata", { json: { url } });
    assert.equal(answer.status, 401);
    assert.equal((await fetchMetadata(url)).status, 200);
  });

  it("a refusal leaves one event with who asked and why; a document leaves none", async () => {
    const asker = await running.newcomer();
    const { store } = running.shop;
    const events = async (): Promise<readonly unknown[]> => {
      const { rows } = await store.asSystem("test: events", (session) =>
        session.query<{ id: string }>(
          `SELECT name, subject, reason, data FROM sekisho_security_event
           WHERE name LIKE 'x\\_egress%' AND (subject = $1 OR subject IS NULL)`,
          [asker.id],
        ),
      );
      return rows;
    };
    assert.equal((await fetchMetadata(await exampleUrl(), asker)).status, 200);
    assert.equal((await fetchMetadata("https://169.254.169.254/", asker)).status, 422);
    const until = Date.now() + 5_000;
    while ((await events()).length === 0 && Date.now() < until) await sleep(100);
    assert.deepEqual(await events(), [
      {
        name: "x_egress_refused",
        subject: asker.id,
        reason: "upstream-destination-refused",
        data: { detail: "host-not-listed" },
      },
    ]);
  });

  it("nothing of all this was an internal error", () => {
    assert.deepEqual(running.internalErrors, []);
  });
});
