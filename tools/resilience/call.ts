/**
 * One request to a shop, answered or not, and how long it took.
 *
 * @module
 */

/** What is sent. */
export interface Call {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds after which the client gives up; 12,000 unless given. */
  readonly patience?: number;
}

/** What came back. */
export interface Called {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly milliseconds: number;
  /** A member of the body, if that is JSON and has it. */
  member(name: string): unknown;
}

/** Longer than any answer may take. */
const patienceMilliseconds = 12_000;

function calledOf(status: number, headers: Headers, text: string, milliseconds: number): Called {
  return {
    status,
    headers,
    text,
    milliseconds,
    member: (name) => {
      if (!/\bjson\b/.test(headers.get("content-type") ?? "") || text === "") return undefined;
      return (JSON.parse(text) as Record<string, unknown>)[name];
    },
  };
}

/** Sends a request and reads the whole answer; never rejects. */
export async function call(url: string, sent: Call = {}): Promise<Called> {
  const body = sent.json === undefined ? sent.body : JSON.stringify(sent.json);
  const started = performance.now();
  try {
    const response = await fetch(url, {
      method: sent.method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(sent.token !== undefined && { authorization: `Bearer ${sent.token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...sent.headers,
      },
      signal: AbortSignal.timeout(sent.patience ?? patienceMilliseconds),
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return calledOf(response.status, response.headers, text, performance.now() - started);
  } catch (error) {
    return calledOf(0, new Headers(), String(error), performance.now() - started);
  }
}
