import assert from "node:assert/strict";
import { createServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { createEgress, type Egress } from "sekisho/egress";
import { makeCertificate, type Certificate } from "./egress-certificates.ts";
import { dialTo, listen, publicAddress, textOf } from "./egress-servers.ts";

const inTenYears = new Date(Date.now() + 3_650 * 86_400_000);
const good = makeCertificate("api.partner.com", inTenYears);
const expired = makeCertificate("api.partner.com", new Date("2021-01-01T00:00:00Z"));

async function serveTls(t: TestContext, certificate: Certificate): Promise<number> {
  const server = createServer({ ...certificate }, (request, response) => {
    response.end(`${request.headers.host}`);
  });
  server.on("tlsClientError", () => undefined);
  return listen(t, server);
}

function open(t: TestContext, port: number, trusted?: Certificate): Egress {
  const egress = createEgress({
    policy: { schemes: ["https"], hosts: "public", ports: [443] },
    resolve: () => Promise.resolve([publicAddress]),
    dial: dialTo(port),
    limits: { connectMs: 1_000 },
    ...(trusted && { certificateAuthorities: [trusted.cert] }),
  });
  t.after(() => egress.close());
  return egress;
}

async function ask(egress: Egress, url = "https://api.partner.com/"): Promise<string> {
  const decision = await egress.request(url);
  return decision.effect === "allow" ? textOf(decision.body) : decision.reason;
}

describe("egress verifies whom it speaks with", () => {
  it("accepts a trusted certificate for the original name, which is sent in the handshake", async (t) => {
    const names: string[] = [];
    const server = createServer(
      {
        ...good,
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      },
      (request, response) => response.end(request.headers.host),
    );
    const port = await listen(t, server);
    assert.equal(await ask(open(t, port, good)), "api.partner.com");
    assert.deepEqual(names, ["api.partner.com"]);
  });

  it("refuses a certificate for another name", async (t) => {
    const egress = open(t, await serveTls(t, good), good);
    assert.equal(await ask(egress, "https://www.partner.com/"), "tls");
    assert.equal(await ask(egress, "https://8.8.8.8/"), "tls");
    assert.equal(await ask(egress), "api.partner.com");
  });

  it("refuses a certificate that nobody vouches for", async (t) => {
    assert.equal(await ask(open(t, await serveTls(t, good))), "tls");
  });

  it("refuses an expired certificate", async (t) => {
    assert.equal(await ask(open(t, await serveTls(t, expired), expired)), "tls");
  });

  it("is not talked out of it by the environment", async (t) => {
    const egress = open(t, await serveTls(t, good));
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    t.after(() => {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    });
    assert.equal(await ask(egress), "tls");
  });

  it("refuses versions before TLS 1.2", async (t) => {
    const server = createTlsServer({
      ...good,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    server.on("tlsClientError", () => undefined);
    assert.equal(await ask(open(t, await listen(t, server), good)), "tls");
  });

  it("refuses a server that speaks no TLS, and one that says nothing", async (t) => {
    const plain = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    assert.equal(await ask(open(t, await listen(t, plain), good)), "tls");
    const silent = createTcpServer((socket) => {
      socket.on("error", () => undefined);
    });
    assert.equal(await ask(open(t, await listen(t, silent), good)), "tls");
  });
});
