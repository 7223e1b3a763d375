/**
 * Figures of what the service leans on: the shared quota store and other people's APIs
 * (OWASP API4:2023, API10:2023).
 *
 * Promise: whether nodes count together, and how each upstream has been doing, is seen without
 * reading a log. Limits: latencies are percentiles of a window, not to be added over nodes.
 *
 * @module
 */

import type { QuotaLimiter } from "../quota/index.ts";
import type { UpstreamFigures } from "../upstream/index.ts";
import type { MetricFamily, MetricReading } from "./metrics.ts";

/** An upstream as its figures are read. */
export interface WatchedUpstream {
  readonly name: string;
  figures(): UpstreamFigures;
}

/** Whether all nodes count quotas together: 1, or 0 while each counts alone. */
export function quotaMetrics(limiter: Pick<QuotaLimiter, "state">): readonly MetricFamily[] {
  return [
    {
      name: "sekisho_quota_shared",
      help: "Whether all nodes count quotas together",
      type: "gauge",
      read: () => [{ value: limiter.state() === "shared" ? 1 : 0 }],
    },
  ];
}

/** What `figures()` of each upstream says, with the name of the upstream as label. */
export function upstreamMetrics(upstreams: readonly WatchedUpstream[]): readonly MetricFamily[] {
  const family = (
    name: string,
    help: string,
    type: "counter" | "gauge",
    readingsOf: (figures: UpstreamFigures) => readonly MetricReading[],
  ): MetricFamily => ({
    name: `sekisho_upstream_${name}`,
    help,
    type,
    read: () =>
      upstreams.flatMap((upstream) =>
        readingsOf(upstream.figures()).map((reading) => ({
          ...reading,
          labels: { upstream: upstream.name, ...reading.labels },
        })),
      ),
  });
  return [
    family("calls", "Calls of the latest window", "gauge", ({ calls }) => [{ value: calls }]),
    family("errors", "Of these, the ones that brought no value", "gauge", ({ errors }) => [
      { value: errors },
    ]),
    family("milliseconds", "Latency percentiles of the window", "gauge", ({ p50, p95, p99 }) => [
      { labels: { quantile: "0.5" }, value: p50 },
      { labels: { quantile: "0.95" }, value: p95 },
      { labels: { quantile: "0.99" }, value: p99 },
    ]),
    family("retries_total", "Repeated attempts", "counter", ({ retries }) => [{ value: retries }]),
    family("refused_total", "Calls that breaker or bulkhead refused", "counter", ({ refused }) => [
      { value: refused },
    ]),
    family("breaker", "State of the breaker", "gauge", ({ breaker }) => [
      { labels: { state: breaker }, value: 1 },
    ]),
  ];
}
