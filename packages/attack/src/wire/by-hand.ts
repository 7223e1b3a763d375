/**
 * Requests written by hand on connections of their own: what Node's client refuses to send, races,
 * and raw bytes.
 *
 * @module
 */

import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { toAnswer } from "./answer-body.ts";
import { createAnswerReader, parseHead } from "./answer-reader.ts";
import type { RawAnswer } from "./exchange.ts";
import { requestBytes, type PreparedRequest } from "./prepared-request.ts";
import { openConnection, type Route } from "./route.ts";
import { failureOf, type TransmitLimits, type Transmission } from "./transmit.ts";

/** Milliseconds for the first parts of a race to reach the target before the last bytes go. */
const settle = 15;

function receive(
  socket: Socket,
  method: string,
  limits: TransmitLimits,
  startedAt: () => number,
): Promise<Transmission> {
  const { promise, resolve } = Promise.withResolvers<Transmission>();
  const reader = createAnswerReader(method, limits.maxAnswerBytes);
  let failure: string | undefined;
  const finish = (trouble: string | undefined): void => {
    clearTimeout(timer);
    forget();
    const milliseconds = Math.max(0, performance.now() - startedAt());
    socket.destroy();
    const { head, body } = reader;
    if (head === undefined) {
      resolve({ answer: undefined, failure: trouble ?? "what came back is no HTTP answer" });
      return;
    }
    toAnswer({ ...head, body, milliseconds }, limits.maxAnswerBytes).then(
      (answer) => resolve({ answer, failure: trouble }),
      (error: unknown) => resolve({ answer: undefined, failure: failureOf(error) }),
    );
  };
  const timer = setTimeout(
    () => finish(`no whole answer within ${limits.timeout} ms`),
    limits.timeout,
  );
  const forget = limits.onStop(() => finish("the run was stopped"));
  socket.on("data", (chunk: Buffer) => {
    if (reader.feed(chunk)) finish(undefined);
  });
  socket.on("error", (error) => {
    failure = failureOf(error);
  });
  socket.on("close", () => {
    const proper = reader.head !== undefined && reader.endsWithConnection;
    finish(
      proper
        ? undefined
        : (failure ??
            (reader.head === undefined ? "closed without an answer" : "the answer broke off")),
    );
  });
  return promise;
}

/** Sends one request on a fresh connection. */
export async function transmitByHand(
  prepared: PreparedRequest,
  route: Route,
  limits: TransmitLimits,
): Promise<Transmission> {
  try {
    const socket = await openConnection(route, limits.timeout);
    const start = performance.now();
    const received = receive(socket, prepared.method, limits, () => start);
    socket.write(requestBytes(prepared));
    return await received;
  } catch (error) {
    return { answer: undefined, failure: failureOf(error) };
  }
}

/**
 * Sends requests so that they arrive together: everything but the last byte first, then all last
 * bytes in one turn of the event loop. A request without a body holds back the end of its head.
 */
export async function transmitTogether(
  requests: readonly PreparedRequest[],
  route: Route,
  limits: TransmitLimits,
): Promise<readonly Transmission[]> {
  const opened = await Promise.allSettled(
    requests.map(async () => openConnection(route, limits.timeout)),
  );
  let start = performance.now();
  const releases: (() => void)[] = [];
  const answers = opened.map(async (outcome, index): Promise<Transmission> => {
    const prepared = requests[index];
    if (outcome.status === "rejected" || prepared === undefined)
      return {
        answer: undefined,
        failure: failureOf(outcome.status === "rejected" && outcome.reason),
      };
    const bytes = requestBytes(prepared);
    const received = receive(outcome.value, prepared.method, limits, () => start);
    outcome.value.write(bytes.subarray(0, -1));
    releases.push(() => outcome.value.write(bytes.subarray(-1)));
    return received;
  });
  await sleep(settle);
  start = performance.now();
  for (const release of releases) release();
  return Promise.all(answers);
}

/** Writes bytes and reads until the other side closes or the time is over. */
export async function exchangeRaw(
  bytes: Uint8Array,
  route: Route,
  limits: TransmitLimits,
): Promise<RawAnswer> {
  const start = performance.now();
  const chunks: Buffer[] = [];
  let size = 0;
  let socket: Socket;
  try {
    socket = await openConnection(route, limits.timeout);
  } catch {
    return { text: "", status: undefined, milliseconds: performance.now() - start, closed: true };
  }
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), limits.timeout);
  const forget = limits.onStop(() => resolve(false));
  socket.on("data", (chunk: Buffer) => {
    if (size < limits.maxAnswerBytes) chunks.push(chunk);
    else resolve(false);
    size += chunk.length;
  });
  socket.on("close", () => resolve(true));
  socket.write(bytes);
  const closed = await promise;
  clearTimeout(timer);
  forget();
  socket.destroy();
  const text = Buffer.concat(chunks).subarray(0, limits.maxAnswerBytes).toString("utf8");
  return {
    text,
    status: parseHead(text)?.status,
    milliseconds: performance.now() - start,
    closed,
  };
}
