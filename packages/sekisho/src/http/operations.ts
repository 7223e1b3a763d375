/**
 * The operations port: metrics and health for those who run the service (OWASP API9:2023).
 *
 * Promise: a server of its own, so that no rule of a proxy decides whether strangers see it.
 * Limits: it has no authentication; bind it to loopback or an internal network.
 *
 * @module
 */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { headerList, writeAnswer } from "./answer.ts";
import { securityHeaders } from "../hardening/index.ts";
import type { Api } from "./create-api.ts";
import { latencyBorders } from "./figures.ts";
import type { Readiness } from "./standard-endpoints.ts";

/** What the operations port reports on. */
export interface OperationsOptions {
  readonly api: Api;
  readonly readiness: () => Promise<Readiness>;
  /** Further figures by name, read when somebody asks. */
  readonly gauges?: Readonly<
    Record<string, { readonly help: string; readonly read: () => number }>
  >;
  /** How often system work ran, by its reason. */
  readonly systemWork?: () => ReadonlyMap<string, number>;
}

/** A running operations server. */
export interface Operations {
  readonly registry: Registry;
  listen(where: { readonly host: string; readonly port: number }): Promise<string>;
  close(): Promise<void>;
}

function registerEndpoints(registry: Registry, api: Api): void {
  const requests = new Counter({
    name: "sekisho_requests_total",
    help: "Requests by endpoint and status",
    labelNames: ["endpoint", "status"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { operationId, figures } of api.compiled)
        for (const [status, count] of figures.statuses)
          this.inc({ endpoint: operationId, status: String(status) }, count);
    },
  });
  const latency = new Gauge({
    name: "sekisho_request_milliseconds_bucket",
    help: "Requests at most so many milliseconds long, by endpoint",
    labelNames: ["endpoint", "le"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { operationId, figures } of api.compiled) {
        let sum = 0;
        for (const [index, count] of figures.classes.entries()) {
          sum += count;
          const border = latencyBorders[index];
          this.set(
            { endpoint: operationId, le: border === undefined ? "+Inf" : String(border) },
            sum,
          );
        }
      }
    },
  });
  void requests;
  void latency;
}

function registerGauges(registry: Registry, options: OperationsOptions): void {
  for (const [name, { help, read }] of Object.entries(options.gauges ?? {}))
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  const { systemWork } = options;
  if (systemWork === undefined) return;
  registry.registerMetric(
    new Counter({
      name: "sekisho_system_work_total",
      help: "Transactions that no person asked for, by reason",
      labelNames: ["reason"],
      registers: [],
      collect() {
        this.reset();
        for (const [reason, count] of systemWork()) this.inc({ reason }, count);
      },
    }),
  );
}

/**
 * Makes the operations server: `GET /metrics`, `/livez` and `/readyz`.
 *
 * @example
 * const operations = createOperations({ api, readiness });
 * await operations.listen({ host: "127.0.0.1", port: 9464 });
 */
export function createOperations(options: OperationsOptions): Operations {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerEndpoints(registry, options.api);
  registerGauges(registry, options);
  const headers = headerList(securityHeaders({ tls: false }));

  async function respond(path: string): Promise<readonly [number, string, string]> {
    if (path === "/metrics") return [200, registry.contentType, await registry.metrics()];
    if (path === "/livez") return [200, "text/plain; charset=utf-8", "ok\n"];
    if (path !== "/readyz") return [404, "text/plain; charset=utf-8", "not found\n"];
    const { ready } = await options.readiness();
    return [ready ? 200 : 503, "text/plain; charset=utf-8", ready ? "ready\n" : "not ready\n"];
  }

  const server: Server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000 },
    (message, response) => {
      if (message.method !== "GET") {
        writeAnswer(response, 405, [...headers, "allow", "GET"], undefined);
        return;
      }
      respond((message.url ?? "").split("?")[0] ?? "").then(
        ([status, type, body]) =>
          writeAnswer(response, status, [...headers, "content-type", type], body),
        () => writeAnswer(response, 500, [...headers], undefined),
      );
    },
  );
  return {
    registry,
    listen: async ({ host, port }) => {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, resolve);
      });
      const address = server.address() as AddressInfo;
      return `http://${address.address}:${address.port}`;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
