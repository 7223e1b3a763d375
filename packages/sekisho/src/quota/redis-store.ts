/**
 * Quotas in Redis or Valkey, counted by all nodes together (OWASP API4:2023, ASVS 2.4.1).
 *
 * Promise: one atomic script per request; the same arithmetic on the same whole numbers as
 * `decide.ts`, hence the same answers; keys expire by themselves once their windows are full.
 * Limits: without a `clock` the time is the server's own (`TIME`), so that the nodes need not agree
 * on it; with one, a node whose clock is behind is clamped to the latest time seen. A failover to a
 * replica that lags forgets the charges that had not arrived there.
 *
 * @module
 */

import type { Clock, SharedScript, SharedStore } from "../kernel/index.ts";
import { chargeState, type QuotaOutcome } from "./decide.ts";
import type { Quota } from "./parse.ts";
import type { QuotaStore } from "./store.ts";

/** A {@link QuotaStore} that all nodes share. */
export interface RedisQuotaStore extends QuotaStore {
  take(key: string, quota: Quota, cost: number): Promise<QuotaOutcome>;
  readonly source: "shared";
}

/** Options of {@link createRedisQuotaStore}. */
export interface RedisQuotaStoreOptions {
  readonly shared: SharedStore;
  /** Takes the place of the server's time; for tests. */
  readonly clock?: Clock;
  /** Begins every key, `"quota"` unless given. */
  readonly prefix?: string;
}

/**
 * Arguments: time in milliseconds or `""`, cost, then limit and milliseconds of each window.
 * Answer: 1 or 0, then what each window had used before the charge. The value kept is the time of
 * the last charge and what each window had used then; `%.0f`, since Lua prints only 14 digits.
 */
const script: SharedScript = {
  name: "sekisho-quota",
  lua: `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call("TIME")
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local cost = tonumber(ARGV[2])
local saved = {}
for number in string.gmatch(redis.call("GET", KEYS[1]) or "", "%d+") do
  saved[#saved + 1] = tonumber(number)
end
local last = saved[1] or now
local base, elapsed, rewound = now, now - last, false
if elapsed < 0 then
  local longest = 0
  for index = 4, #ARGV, 2 do longest = math.max(longest, tonumber(ARGV[index])) end
  if -elapsed > longest then rewound = true else base = last end
  elapsed = 0
end
local admitted, answer, kept, life = 1, { 1 }, {}, 0
for index = 3, #ARGV, 2 do
  local limit, period = tonumber(ARGV[index]), tonumber(ARGV[index + 1])
  local used = 0
  if elapsed < period then
    used = math.max(0, (saved[#answer + 1] or 0) - elapsed * limit)
  end
  if cost > limit or cost * period > limit * period - used then admitted = 0 end
  answer[#answer + 1] = used
end
answer[1] = admitted
if admitted == 1 or rewound then
  local text = string.format("%.0f", base)
  for position = 2, #answer do
    local limit, period = tonumber(ARGV[position * 2 - 1]), tonumber(ARGV[position * 2])
    local used = answer[position] + admitted * cost * period
    text = text .. string.format(" %.0f", used)
    life = math.max(life, math.ceil(used / limit))
  end
  redis.call("SET", KEYS[1], text, "PX", string.format("%.0f", life + base - now + 10000))
end
return answer
`,
};

/** Derives the outcome from what the windows had used, by the very function the script follows. */
function outcomeOf(answer: unknown, quota: Quota, cost: number): QuotaOutcome {
  if (!Array.isArray(answer) || answer.length !== quota.windows.length + 1)
    throw new Error("the quota script gave an answer of the wrong shape");
  const [admitted, ...used] = answer.map(Number);
  const outcome = chargeState([0, ...used], quota, 0, cost, "shared");
  if ((admitted === 1) !== (outcome.effect === "allow"))
    throw new Error("the quota script and decide.ts disagree");
  return outcome;
}

/**
 * Creates a store in Redis or Valkey (7 or later) that all nodes share.
 *
 * @example
 * const { shared } = connectRedis({ url: "redis://127.0.0.1:6379" });
 * const store = createRedisQuotaStore({ shared });
 * await store.take("alice", parseQuota("30/minute"), 1);
 */
export function createRedisQuotaStore(options: RedisQuotaStoreOptions): RedisQuotaStore {
  const { shared, clock, prefix = "quota" } = options;
  const windowValues = new WeakMap<Quota, readonly number[]>();

  function valuesOf(quota: Quota): readonly number[] {
    let values = windowValues.get(quota);
    if (values === undefined) {
      values = quota.windows.flatMap((window) => [window.limit, window.seconds * 1000]);
      windowValues.set(quota, values);
    }
    return values;
  }

  return {
    source: "shared",
    async take(key, quota, cost) {
      const time = clock === undefined ? "" : Math.floor(clock.now());
      const keys = [`${prefix}:{${key}}:${quota.text}`];
      const answer = await shared.evaluate(script, keys, [time, cost, ...valuesOf(quota)]);
      return outcomeOf(answer, quota, cost);
    },
  };
}
