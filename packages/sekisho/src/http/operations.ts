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
import { headerList, writeAnswer } from "./answer.ts";
import { securityHeaders } from "../hardening/index.ts";
import type { QuotaLimiter } from "../quota/index.ts";
import type { Api } from "./create-api.ts";
import { quotaMetrics, upstreamMetrics, type WatchedUpstream } from "./dependency-metrics.ts";
import { latencyBorders } from "./figures.ts";
import {
  checkMetrics,
  metricsContentType,
  writeMetrics,
  type MetricFamily,
  type MetricReading,
} from "./metrics.ts";
import { startProcessMetrics } from "./process-metrics.ts";
import type { Readiness } from "./standard-endpoints.ts";

/** What the operations port reports on. */
export interface OperationsOptions {
  readonly api: Api;
  readonly readiness: () => Promise<Readiness>;
  /** Further figures by name, read when somebody asks. */
  readonly gauges?: Readonly<
    Record<string, { readonly help: string; readonly read: () => number }>
  >;
  /** Figures with labels, or of another type than a gauge. */
  readonly metrics?: readonly MetricFamily[];
  /** How often system work ran, by its reason. */
  readonly systemWork?: () => ReadonlyMap<string, number>;
  /** Shows whether all nodes count quotas together. */
  readonly limiter?: Pick<QuotaLimiter, "state">;
  /** Show how they have been doing. */
  readonly upstreams?: readonly WatchedUpstream[];
}

/** A running operations server. */
export interface Operations {
  /** Binds and returns the origin, such as `http://127.0.0.1:9464`. */
  listen(where: { readonly host: string; readonly port: number }): Promise<string>;
  close(): Promise<void>;
}

function* readRequests(api: Api): Iterable<MetricReading> {
  for (const { operationId, figures } of api.compiled)
    for (const [status, value] of figures.statuses)
      yield { labels: { endpoint: operationId, status: String(status) }, value };
}

function* readLatencies(api: Api): Iterable<MetricReading> {
  for (const { operationId: endpoint, figures } of api.compiled) {
    let value = 0;
    for (const [index, count] of figures.classes.entries()) {
      value += count;
      const border = latencyBorders[index];
      const le = border === undefined ? "+Inf" : String(border);
      yield { part: "_bucket", labels: { endpoint, le }, value };
    }
    yield { part: "_sum", labels: { endpoint }, value: figures.milliseconds };
    yield { part: "_count", labels: { endpoint }, value: figures.count };
  }
}

function* readSystemWork(runs: ReadonlyMap<string, number>): Iterable<MetricReading> {
  for (const [reason, value] of runs) yield { labels: { reason }, value };
}

function metricsOf(options: OperationsOptions): readonly MetricFamily[] {
  const { api, limiter, systemWork, upstreams } = options;
  const gauges = Object.entries(options.gauges ?? {}).map(
    ([name, { help, read }]): MetricFamily => ({
      name,
      help,
      type: "gauge",
      read: () => [{ value: read() }],
    }),
  );
  return [
    {
      name: "sekisho_requests_total",
      help: "Requests by endpoint and status",
      type: "counter",
      read: () => readRequests(api),
    },
    {
      name: "sekisho_request_milliseconds",
      help: "How long requests took, by endpoint",
      type: "histogram",
      read: () => readLatencies(api),
    },
    ...(systemWork === undefined
      ? []
      : [
          {
            name: "sekisho_system_work_total",
            help: "Transactions that no person asked for, by reason",
            type: "counter" as const,
            read: () => readSystemWork(systemWork()),
          },
        ]),
    ...(limiter === undefined ? [] : quotaMetrics(limiter)),
    ...(upstreams === undefined ? [] : upstreamMetrics(upstreams)),
    ...gauges,
    ...(options.metrics ?? []),
  ];
}

/**
 * Makes the operations server: `GET /metrics`, `/livez` and `/readyz`.
 *
 * @throws TypeError for a figure whose name is malformed or used twice.
 * @example
 * const operations = createOperations({ api, readiness });
 * await operations.listen({ host: "127.0.0.1", port: 9464 });
 */
export function createOperations(options: OperationsOptions): Operations {
  const own = startProcessMetrics();
  const metrics = [...own.families, ...metricsOf(options)];
  checkMetrics(metrics);
  const headers = headerList(securityHeaders({ tls: false }));

  async function respond(path: string): Promise<readonly [number, string, string]> {
    if (path === "/metrics") return [200, metricsContentType, writeMetrics(metrics)];
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
    listen: async ({ host, port }) => {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, resolve);
      });
      const address = server.address() as AddressInfo;
      return `http://${address.address}:${address.port}`;
    },
    close: async () => {
      own.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
