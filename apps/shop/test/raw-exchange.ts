/** One message over a bare socket, for what no client library would send. */

import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

/** What came back, before the connection was closed. */
export interface RawAnswer {
  readonly status: number;
  /** Field lines as they were sent: names in lower case, repeated ones as often as they came. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/**
 * Sends the text and reads until the other side closes: ask for `connection: close`.
 *
 * @throws Error when nothing that looks like an answer came back.
 */
export function exchange(origin: string, message: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port, protocol } = new URL(origin);
  const place = { host: hostname, port: Number(port) };
  return new Promise((resolve, reject) => {
    // The certificate of a test was made a moment ago; whose it is does not matter here.
    const socket =
      protocol === "https:" ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
    let text = "";
    const finish = (): void => {
      const answer = parse(text);
      if (answer === undefined) reject(new Error(`no answer: ${JSON.stringify(text)}`));
      else resolve(answer);
    };
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    // A reset after the answer is how a server ends a message that it did not want to read.
    socket.on("error", (error) => (text === "" ? reject(error) : finish()));
    socket.on("close", finish);
    socket.write(message);
  });
}

function parse(text: string): RawAnswer | undefined {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, Math.max(end, 0)).split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
  if (status === undefined) return undefined;
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(status), fields, body: text.slice(end + 4) };
}
