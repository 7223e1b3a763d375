/** What operators read, and nobody else (OWASP API9:2023). */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { anonymous } from "sekisho/authorization";
import { createOperations, defineEndpoint, type MetricFamily, type Readiness } from "sekisho/http";
import { production } from "sekisho/inventory";
import { startTestApi, type TestApi } from "sekisho/testing";
import type { UpstreamFigures } from "sekisho/upstream";
import { z } from "zod";

const hello = defineEndpoint({
  method: "GET",
  path: "/hello",
  summary: "Greets",
  team: "tests",
  lifecycle: production({ since: "2026-11-01" }),
  access: anonymous("tests"),
  output: { 200: z.strictObject({ greeting: z.string().max(20) }) },
  handle: ({ reply }) => reply(200, { greeting: "hello" }),
});

const awkward: MetricFamily = {
  name: "queue_messages",
  help: "Messages\nthat wait, C:\\queue",
  type: "gauge",
  read: () => [{ labels: { queue: 'a "b"\\\n' }, value: 3 }, { value: Infinity }],
};

const figures: UpstreamFigures = {
  calls: 12,
  errors: 3,
  p50: 20,
  p95: 80,
  p99: 90,
  retries: 4,
  refused: 5,
  breaker: "half-open",
};

/** Every line of figures as `[name with labels, value]`. */
function readingsOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const border = line.lastIndexOf(" ");
      return [line.slice(0, border), Number(line.slice(border + 1).replace("+Inf", "Infinity"))];
    }),
  );
}

describe("the operations port", () => {
  let running: TestApi;
  let ready = true;
  let counting: "shared" | "local" = "shared";
  const readiness = (): Promise<Readiness> =>
    Promise.resolve({ ready, database: ready ? "up" : "down", quota: "local" });
  let operations: ReturnType<typeof createOperations>;
  let origin: string;

  before(async () => {
    running = await startTestApi({ endpoints: [hello] });
    operations = createOperations({
      api: running.api,
      readiness,
      gauges: { queue_dropped: { help: "Lost", read: () => 7 } },
      metrics: [awkward],
      systemWork: () => new Map([["sweep", 2]]),
      limiter: { state: () => counting },
      upstreams: [{ name: "partner", figures: () => figures }],
    });
    origin = await operations.listen({ host: "127.0.0.1", port: 0 });
  });
  after(async () => {
    await operations.close();
    await running.close();
  });

  async function get(path: string, method = "GET") {
    const response = await fetch(origin + path, { method });
    return { response, status: response.status, text: await response.text() };
  }

  it("counts requests by endpoint and status", async () => {
    const name = 'sekisho_requests_total{endpoint="get-hello",status="200"}';
    const earlier = readingsOf((await get("/metrics")).text).get(name) ?? 0;
    for (let count = 0; count < 3; count++)
      assert.equal((await running.send("/hello")).status, 200);
    const later = readingsOf((await get("/metrics")).text);
    assert.equal(later.get(name), earlier + 3, [...later.keys()].join("\n"));
  });

  it("writes latencies as a histogram whose last class holds all", async () => {
    await running.send("/hello");
    const { text } = await get("/metrics");
    assert.match(text, /^# TYPE sekisho_request_milliseconds histogram$/m);
    const readings = readingsOf(text);
    const classes = [...readings]
      .filter(([name]) => name.startsWith("sekisho_request_milliseconds_bucket{"))
      .filter(([name]) => name.includes('"get-hello"'))
      .map(([, value]) => value);
    assert.ok(classes.length > 5);
    assert.deepEqual(
      classes,
      classes.toSorted((one, other) => one - other),
      "classes add up",
    );
    const all = readings.get('sekisho_request_milliseconds_count{endpoint="get-hello"}');
    assert.ok(all !== undefined && all > 0);
    assert.equal(classes.at(-1), all);
    const sum = readings.get('sekisho_request_milliseconds_sum{endpoint="get-hello"}');
    assert.ok(sum !== undefined && sum > 0);
  });

  it("escapes texts, so that none can forge a line", async () => {
    const { text, response } = await get("/metrics");
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(text, /^# HELP queue_messages Messages\\nthat wait, C:\\\\queue$/m);
    assert.match(text, /^queue_messages\{queue="a \\"b\\"\\\\\\n"\} 3$/m);
    assert.match(text, /^queue_messages \+Inf$/m);
    for (const line of text.split("\n"))
      assert.match(line, /^(|# (HELP|TYPE) \w+ .+|\w+(\{.*\})? (-?[\d.e+-]+|\+Inf))$/);
  });

  it("tells of the process, of gauges and of system work", async () => {
    const readings = readingsOf((await get("/metrics")).text);
    assert.equal(readings.get("queue_dropped"), 7);
    assert.equal(readings.get('sekisho_system_work_total{reason="sweep"}'), 2);
    for (const name of ["process_resident_memory_bytes", "process_cpu_seconds_total"])
      assert.ok((readings.get(name) ?? 0) > 0, name);
  });

  it("shows when nodes stop counting together", async () => {
    const value = async () => readingsOf((await get("/metrics")).text).get("sekisho_quota_shared");
    assert.equal(await value(), 1);
    counting = "local";
    assert.equal(await value(), 0);
  });

  it("shows how each upstream has been doing", async () => {
    const readings = readingsOf((await get("/metrics")).text);
    const of = (name: string, more = "") =>
      readings.get(`sekisho_upstream_${name}{upstream="partner"${more}}`);
    assert.deepEqual(
      [of("calls"), of("errors"), of("retries_total"), of("refused_total")],
      [12, 3, 4, 5],
    );
    assert.equal(of("milliseconds", ',quantile="0.95"'), 80);
    assert.equal(of("breaker", ',state="half-open"'), 1);
    assert.equal(of("breaker", ',state="closed"'), undefined);
  });

  it("says ready while the service is, and alive in any case", async () => {
    assert.equal((await get("/readyz")).status, 200);
    ready = false;
    assert.deepEqual(
      [(await get("/readyz")).status, (await get("/livez")).status],
      [503, 200],
      "a service that is not ready is not restarted for it",
    );
    ready = true;
  });

  it("has nothing else, and nothing to change", async () => {
    assert.equal((await get("/hello")).status, 404);
    assert.equal((await get("/metrics", "POST")).status, 405);
  });

  it("stays away from the port of the API", async () => {
    assert.equal((await running.send("/metrics")).status, 404);
  });

  it("refuses a figure whose name could not be read, or is taken", () => {
    const start = (name: string) => () =>
      createOperations({
        api: running.api,
        readiness,
        gauges: { [name]: { help: "", read: () => 1 } },
      });
    assert.throws(start("queue-dropped"), TypeError);
    assert.throws(start('a{b="c"} 1\nd'), TypeError);
    assert.throws(start("sekisho_requests_total"), TypeError);
    assert.throws(start("process_cpu_seconds_total"), TypeError);
    assert.doesNotThrow(start("queue_dropped"));
  });
});
