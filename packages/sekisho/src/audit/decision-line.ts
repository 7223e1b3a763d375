/**
 * One canonical line per request: what was asked, what was decided, what it cost (ASVS 16.2.1).
 *
 * Promise: a fixed list of flat fields; no body, no query string, no header, no raw session id;
 * each value bounded, on one line and free of what looks like a credential. A request pays for one
 * push: what is known gathers in memory, becomes text in one go and leaves in blocks. Limits: what
 * has gathered (at most 200 ms or 128 lines of it) is lost when the process is killed; security
 * events are kept elsewhere (`record.ts`).
 *
 * @module
 */

import { pino } from "pino";
import { createId, systemRandomness } from "../kernel/index.ts";
import { cleanText } from "./clean-text.ts";

/** What is known about one request when it ends. */
export interface DecisionLine {
  /** When the request ended, milliseconds since 1970 (`Clock.now()`). */
  readonly time: number;
  /** Id of the request; one is made for the line where nobody needed it before. */
  readonly requestId: string | undefined;
  readonly method: string;
  /** Pattern of the endpoint (`/api/orders/:order_id`); `undefined` when none matched. */
  readonly path: string | undefined;
  readonly status: number;
  /** Name of the endpoint in the inventory. */
  readonly endpoint: string | undefined;
  readonly effect: "allow" | "deny" | "error";
  /** Named outcome. */
  readonly reason: string | undefined;
  readonly subject: string | undefined;
  /** {@link hashIdentifier} of the session's id. */
  readonly session: string | undefined;
  /** Key of the client's address. */
  readonly source: string;
  readonly durationMilliseconds: number;
  /** Bytes of the answer's body. */
  readonly bytes: number;
  readonly quotaRemaining?: number | undefined;
  /** Trace the request belongs to, when it is known. */
  readonly traceId?: string | undefined;
}

/** Severity below which nothing is written. */
export type DecisionLogLevel = "info" | "warn" | "error" | "silent";

/** Anything that takes text, for example a stream. */
export interface DecisionLogDestination {
  write(text: string): unknown;
}

/** Options of {@link createDecisionLog}. */
export interface DecisionLogOptions {
  /** Default: the standard output, buffered. */
  readonly destination?: DecisionLogDestination;
  /** Default `"info"`; refusals are `warn`, failures `error`, the rest `info`. */
  readonly level?: DecisionLogLevel;
  /** Name of the service, in every line. */
  readonly name?: string;
}

/** Fields of an operational message; texts are cleaned, `cause` may be an error. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The log of a service. */
export interface DecisionLog {
  line(entry: DecisionLine): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** Hands what has gathered to the destination. */
  flush(): void;
  /** Flushes, then waits until the standard output has taken everything. */
  close(): Promise<void>;
}

const severities = { info: 30, warn: 40, error: 50, silent: Number.POSITIVE_INFINITY } as const;
const blockCharacters = 16_384;
const blockLines = 128;
const rememberedValues = 4_096;
const gatherMilliseconds = 200;
const maximumValue = 256;

// What needs no escape in JSON and no cleaning, and cannot hold a credential but these two.
const plain = /^[\w\-.:/~*()]*$/;
const token = /eyJ|whs/;

/** A JSON string; the usual plain value costs one or two small regular expressions. */
function quote(text: string): string {
  return text.length <= 128 && plain.test(text) && (text.length <= 36 || !token.test(text))
    ? `"${text}"`
    : JSON.stringify(cleanText(text, maximumValue));
}

/** Remembers the text of values that come again, such as endpoints, subjects and sources. */
function createQuotes(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    if (known.size >= rememberedValues) known.clear();
    const quoted = quote(text);
    known.set(text, quoted);
    return quoted;
  };
}

/** Milliseconds with three decimals; whole numbers are several times cheaper to write. */
function duration(milliseconds: number): string {
  const thousandths = Math.round(milliseconds * 1000);
  if (!Number.isSafeInteger(thousandths) || thousandths < 0) return number(milliseconds);
  const whole = Math.floor(thousandths / 1000);
  return `${whole}.${String(thousandths - whole * 1000).padStart(3, "0")}`;
}

function number(value: number): string {
  return Number.isFinite(value) ? String(value) : "null";
}

function pathOnly(path: string): string {
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

/** Formats times of the same second once. */
function createTimeFormat(): (milliseconds: number) => string {
  let second = Number.NaN;
  let text = "";
  return (milliseconds) => {
    const current = Math.floor(milliseconds / 1000);
    if (current !== second) {
      second = current;
      text = new Date(current * 1000).toISOString().slice(0, 20);
    }
    return `${text}${String(Math.floor(milliseconds - current * 1000)).padStart(3, "0")}Z`;
  };
}

function severityOf(entry: DecisionLine): "info" | "warn" | "error" {
  if (entry.effect === "error" || entry.status >= 500) return "error";
  return entry.effect === "deny" ? "warn" : "info";
}

function cleanField(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return cleanText(value, 1024);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (value instanceof Error) {
    return {
      type: cleanText(value.name, 64),
      message: cleanText(value.message, 1024),
      // The frames alone, as a list: a stack's first lines repeat the message.
      frames: (value.stack ?? "")
        .split("\n")
        .filter((line) => /^\s+at /.test(line))
        .slice(0, 20)
        .map((line) => cleanText(line.trim(), maximumValue)),
      ...(value.cause !== undefined && depth < 3 && { cause: cleanField(value.cause, depth + 1) }),
    };
  }
  if (typeof value === "bigint") return String(value);
  // Any other object could hold a request, a row or a key: only its kind is told.
  return value === undefined ? undefined : `[${typeof value}]`;
}

function cleanFields(fields: LogFields): Record<string, unknown> {
  const entries = Object.entries(fields).slice(0, 32);
  return Object.fromEntries(entries.map(([key, value]) => [cleanText(key, 64), cleanField(value)]));
}

/**
 * Makes the log of a service.
 *
 * @example
 * const log = createDecisionLog({ name: "shop" });
 * log.warn({ upstream: "partner" }, "breaker open");
 * await log.close();
 */
export function createDecisionLog(options: DecisionLogOptions = {}): DecisionLog {
  const level = options.level ?? "info";
  const least = severities[level];
  const standardOutput =
    options.destination === undefined
      ? // Lines gather here already; a second buffer would keep those of a quiet service for hours.
        pino.destination({ dest: 1, sync: false, minLength: 0 })
      : undefined;
  const destination: DecisionLogDestination =
    options.destination ?? standardOutput ?? process.stdout;
  const operations = pino(
    {
      base: options.name === undefined ? null : { name: options.name },
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    { write: (text: string) => gather(text) },
  );
  const nameField = options.name === undefined ? "" : `,"name":${quote(options.name)}`;
  const formatTime = createTimeFormat();
  const again = createQuotes();
  let waiting: DecisionLine[] = [];
  let gathered = "";
  let timer: NodeJS.Timeout | undefined;

  function format(entry: DecisionLine): string {
    const requestId = entry.requestId ?? createId({ now: () => entry.time }, systemRandomness);
    let text = `{"level":${severities[severityOf(entry)]},"time":"${formatTime(entry.time)}"${nameField},"request_id":${quote(requestId)},"method":${again(entry.method)}`;
    if (entry.path !== undefined) text += `,"path":${again(pathOnly(entry.path))}`;
    text += `,"status":${number(entry.status)}`;
    if (entry.endpoint !== undefined) text += `,"endpoint":${again(entry.endpoint)}`;
    text += `,"effect":"${entry.effect}"`;
    if (entry.reason !== undefined) text += `,"reason":${again(entry.reason)}`;
    if (entry.subject !== undefined) text += `,"subject":${again(entry.subject)}`;
    if (entry.session !== undefined) text += `,"session":${again(entry.session)}`;
    text += `,"source":${again(entry.source)},"duration_ms":${duration(entry.durationMilliseconds)},"bytes":${number(entry.bytes)}`;
    if (entry.quotaRemaining !== undefined)
      text += `,"quota_remaining":${number(entry.quotaRemaining)}`;
    if (entry.traceId !== undefined) text += `,"trace_id":${quote(entry.traceId)}`;
    return `${text}}\n`;
  }

  /** Formatting many lines in a row is several times cheaper than one between two requests. */
  function formatWaiting(): void {
    const entries = waiting;
    waiting = [];
    for (const entry of entries) gathered += format(entry);
  }

  function release(): void {
    clearTimeout(timer);
    timer = undefined;
    formatWaiting();
    if (gathered === "") return;
    const text = gathered;
    gathered = "";
    destination.write(text);
  }

  function gather(text: string): void {
    formatWaiting();
    gathered += text;
    if (gathered.length >= blockCharacters) release();
    else timer ??= setTimeout(release, gatherMilliseconds).unref();
  }

  function flush(): void {
    release();
    standardOutput?.flush();
  }

  return {
    line: (entry) => {
      if (severities[severityOf(entry)] < least) return;
      waiting.push(entry);
      if (waiting.length >= blockLines) release();
      else timer ??= setTimeout(release, gatherMilliseconds).unref();
    },
    info: (fields, message) => operations.info(cleanFields(fields), cleanText(message, 1024)),
    warn: (fields, message) => operations.warn(cleanFields(fields), cleanText(message, 1024)),
    error: (fields, message) => operations.error(cleanFields(fields), cleanText(message, 1024)),
    flush,
    close: async () => {
      release();
      if (standardOutput === undefined) return;
      await new Promise<void>((resolve) => {
        standardOutput.flush(() => resolve());
      });
    },
  };
}
