/** Requests as no well-behaved client sends them: any method, any path, repeated fields, own sources. */

import { Agent, request, type IncomingMessage } from "node:http";
import type { Answer } from "../running-shop.ts";

/** What goes over the wire, as it is written here. */
export interface WireRequest {
  readonly method?: string;
  /** The target, not normalised. */
  readonly path: string;
  /** Fields in order; a name may stand there twice. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  readonly token?: string | undefined;
  readonly body?: string | Uint8Array;
  /** How the end of the body is told; `own` leaves it to the fields. `length` unless said. */
  readonly framing?: "length" | "chunked" | "own";
  /** Local address to come from, for example `"127.0.0.9"`. */
  readonly from?: string;
}

const bodiless: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** Sends it and reads the whole answer; fields of one name are joined. */
export async function exchange(origin: string, sent: WireRequest): Promise<Answer> {
  const { hostname, port, host } = new URL(origin);
  const fields: (readonly [string, string])[] = [["host", host], ...(sent.fields ?? [])];
  if (sent.token !== undefined) fields.push(["authorization", `Bearer ${sent.token}`]);
  const method = sent.method ?? (sent.body === undefined ? "GET" : "POST");
  // Said even where there is no body: Node would else announce one in chunks.
  const length = sent.body === undefined ? 0 : Buffer.byteLength(sent.body);
  const { framing = "length" } = sent;
  if (framing === "chunked") fields.push(["transfer-encoding", "chunked"]);
  if (framing === "length" && (length > 0 || !bodiless.has(method)))
    fields.push(["content-length", String(length)]);
  const options = {
    agent,
    hostname,
    port,
    method,
    path: sent.path,
    headers: fields.flat(),
    ...(sent.from === undefined ? {} : { localAddress: sent.from }),
  };
  return new Promise((resolve, reject) => {
    const message = request(options, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    message.on("error", reject);
    message.end(sent.body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const text = Buffer.concat(await response.toArray()).toString();
  const headers = new Headers();
  for (let index = 0; index < response.rawHeaders.length; index += 2)
    headers.append(response.rawHeaders[index] ?? "", response.rawHeaders[index + 1] ?? "");
  return {
    status: response.statusCode ?? 0,
    headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}
