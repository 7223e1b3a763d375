/** A partner that answers as the name in the path tells it to (requirements API10.V2..V5, 8.6). */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

/** Stands in every hostile answer; the client of the shop must never see it. */
export const canary = "upstream-canary-5f3a";

/** A running partner. */
export interface HostilePartner {
  readonly port: number;
  /** What was asked, in order. */
  readonly requests: readonly IncomingMessage[];
  close(): void;
}

const good = { title: "Coffee", description: "Dark", updated_at: "2026-11-01T00:00:00Z" };
const json = { "content-type": "application/json", server: canary, "set-cookie": `a=${canary}` };

type Behaviour = (response: ServerResponse, sink: number) => void;

function document(value: unknown, headers: Record<string, string> = json): Behaviour {
  return (response) => void response.writeHead(200, headers).end(JSON.stringify(value));
}

function text(body: string | Uint8Array, headers: Record<string, string> = json): Behaviour {
  return (response) => void response.writeHead(200, headers).end(body);
}

function status(code: number): Behaviour {
  return (response) => void response.writeHead(code, json).end(JSON.stringify({ error: canary }));
}

function redirect(code: number, to?: string): Behaviour {
  return (response, sink) => {
    const location = to ?? `http://127.0.0.1:${sink}/${canary}`;
    response.writeHead(code, { ...json, location }).end(JSON.stringify(good));
  };
}

/** Answers that are no outage: the partner is there and says what was not agreed. */
export const wrongAnswers: Readonly<Record<string, Behaviour>> = {
  "wrong-type": document({ ...good, title: 7 }),
  "missing-property": document({ title: canary }),
  "null-title": document({ ...good, title: null }),
  "long-title": document({ ...good, title: canary.padEnd(201, "a") }),
  "no-time": document({ ...good, updated_at: canary }),
  "a-list": document([good, canary]),
  "a-text": document(canary),
  "a-million-items": document(Array.from({ length: 30_000 }, () => 1)),
  "not-json": text(`{"title":"${canary}"`),
  "no-number": text(`{"title":NaN,"description":"${canary}"}`),
  "not-utf8": text(Buffer.from(`{"title":"\u00ff${canary}"}`, "latin1")),
  empty: text(""),
  html: text(`<h1>${canary}</h1>`, { "content-type": "text/html" }),
  "html-as-json": text(`<h1>${canary}</h1>`),
  "json-as-html": document(good, { "content-type": "text/html" }),
  "no-media-type": document(good, {}),
  compressed: text(gzipSync(JSON.stringify(good)), { ...json, "content-encoding": "gzip" }),
  "a-bomb": text(gzipSync(Buffer.alloc(10_000_000)), { ...json, "content-encoding": "gzip" }),
  huge: document({ ...good, description: canary.repeat(5_000) }),
  endless: (response) => {
    response.writeHead(200, json);
    const more = (): void => {
      while (!response.destroyed && response.write(canary.repeat(400)));
    };
    response.on("drain", more);
    more();
  },
  "many-headers": (response) => {
    for (let index = 0; index < 400; index++) response.setHeader(`x-${index}`, canary.repeat(5));
    response.writeHead(200, json).end(JSON.stringify(good));
  },
  "moved-301": redirect(301),
  "moved-302": redirect(302),
  "moved-303": redirect(303),
  "moved-307": redirect(307),
  "moved-308": redirect(308),
  "moved-to-itself": redirect(302, "/v1/metadata/good"),
  "moved-to-the-cloud": redirect(302, "http://169.254.169.254/latest/meta-data/"),
  missing: status(404),
  forbidden: status(403),
};

/** Answers that look like an outage. */
export const outages: Readonly<Record<string, Behaviour>> = {
  failing: status(500),
  cut: (response) => {
    response.writeHead(200, { ...json, "content-length": "500" }).write(`{"title":"${canary}`);
    setTimeout(() => response.destroy(), 20);
  },
  reset: (response) => void response.socket?.resetAndDestroy(),
  silent: () => undefined,
  slow: (response) => {
    response.writeHead(200, json).flushHeaders();
    const timer = setInterval(() => response.write(" "), 100);
    response.on("close", () => clearInterval(timer));
  },
};

const goodAnswers: Readonly<Record<string, Behaviour>> = {
  good: document(good),
  "more-than-agreed": text(
    `{"internal_margin":0.4,"__proto__":{"admin":true},"constructor":1,"title":"Coffee","description":"Dark","updated_at":"2026-11-01T00:00:00Z","secret":"${canary}"}`,
  ),
  injection: document({ ...good, title: "'); DROP TABLE shop_order; --<script>" }),
};

const behaviours: Readonly<Record<string, Behaviour>> = {
  ...wrongAnswers,
  ...outages,
  ...goodAnswers,
};

/** Starts it on loopback; redirects lead to `sink`. */
export async function startHostilePartner(sink: number): Promise<HostilePartner> {
  const requests: IncomingMessage[] = [];
  const server = createServer({ maxHeaderSize: 65_536 }, (message, response) => {
    requests.push(message);
    response.on("error", () => undefined);
    const behave = behaviours[(message.url ?? "").split("/").at(-1) ?? ""];
    if (behave === undefined) response.writeHead(404).end();
    else behave(response, sink);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
