/**
 * What the process itself uses, under the names that dashboards for Node expect.
 *
 * Promise: reading costs less than a millisecond. Limits: the delays of the event loop are those
 * since they were last read, so that two readers share them.
 *
 * @module
 */

import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import process from "node:process";
import type { MetricFamily } from "./metrics.ts";

/** Figures of this process, until they are stopped. */
export interface ProcessMetrics {
  readonly families: readonly MetricFamily[];
  stop(): void;
}

function single(
  type: "counter" | "gauge",
  name: string,
  help: string,
  read: () => number,
): MetricFamily {
  return { name, help, type, read: () => [{ value: read() }] };
}

function memoryMetrics(): readonly MetricFamily[] {
  return [
    single("gauge", "process_resident_memory_bytes", "Memory that the process occupies", () =>
      process.memoryUsage.rss(),
    ),
    single("gauge", "nodejs_heap_size_used_bytes", "Memory of living objects", () => {
      const { heapUsed } = process.memoryUsage();
      return heapUsed;
    }),
    single("gauge", "nodejs_external_memory_bytes", "Memory of buffers and the like", () => {
      const { external } = process.memoryUsage();
      return external;
    }),
  ];
}

/** Begins to watch the event loop, and reads the rest from the process. */
export function startProcessMetrics(): ProcessMetrics {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  const families: readonly MetricFamily[] = [
    single("gauge", "process_start_time_seconds", "When the process started", () =>
      Math.round(performance.timeOrigin / 1_000),
    ),
    single("counter", "process_cpu_seconds_total", "Processor time", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
    ...memoryMetrics(),
    single(
      "gauge",
      "nodejs_eventloop_utilization_ratio",
      "Share of the time in which the event loop was busy, since the start",
      () => performance.eventLoopUtilization().utilization,
    ),
    single(
      "gauge",
      "nodejs_eventloop_lag_p99_seconds",
      "Delay that 99 of 100 turns stayed below",
      () => delays.percentile(99) / 1e9,
    ),
    {
      name: "nodejs_eventloop_lag_max_seconds",
      help: "Longest delay of the event loop since it was last read",
      type: "gauge",
      read: () => {
        const longest = delays.max / 1e9;
        delays.reset();
        return [{ value: longest }];
      },
    },
    {
      name: "nodejs_version_info",
      help: "Version of Node",
      type: "gauge",
      read: () => [{ labels: { version: process.version }, value: 1 }],
    },
  ];
  return { families, stop: () => delays.disable() };
}
