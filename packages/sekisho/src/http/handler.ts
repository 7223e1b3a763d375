/**
 * Calling the handler and projecting what it answers.
 *
 * Promise: a status or property that is not declared does not leave (API3). Limits: internal to
 * `http/`.
 *
 * @module
 */

import type { SecurityEvent } from "../kernel/index.ts";
import type { CompiledOutput } from "./compile-endpoint.ts";
import type { Reply } from "./define-endpoint.ts";
import type { Passage } from "./passage.ts";

/** An answer ready to be written. */
export interface Answer {
  readonly output: CompiledOutput;
  readonly body: string | Uint8Array | undefined;
  readonly location: string | undefined;
}

const fieldValue = /^[\x21-\x7e]+$/;

function reply(status: number, body: unknown, fields?: { readonly location?: string }): Reply {
  return { status, body, location: fields?.location };
}

/** What a handler is given; everything beyond its grants is made when it is touched. */
class HandlerContext {
  readonly #passage: Passage;
  readonly reply: typeof reply = reply;

  constructor(passage: Passage) {
    this.#passage = passage;
  }

  get parameters(): unknown {
    return this.#passage.parameters;
  }
  get query(): unknown {
    return this.#passage.query;
  }
  get body(): unknown {
    return this.#passage.body;
  }
  get records(): unknown {
    return this.#passage.records;
  }
  get transaction(): unknown {
    return this.#passage.transaction;
  }
  get now(): number {
    return this.#passage.now;
  }
  get requestId(): string {
    return this.#passage.requestId;
  }
  get clientAddress(): string {
    return this.#passage.clientAddress;
  }
  get sourceKey(): string {
    return this.#passage.sourceKey;
  }
  get userAgent(): string {
    return this.#passage.userAgent;
  }
  get signal(): AbortSignal {
    return this.#passage.signal;
  }
  get deadline(): number {
    return this.#passage.deadline;
  }
  get record(): (event: Omit<SecurityEvent, "subject"> & { subject?: string }) => Promise<void> {
    const passage = this.#passage;
    return (event) =>
      passage.record({ ...event, subject: event.subject ?? passage.principal?.subject });
  }
  get afterCommit(): (callback: () => unknown) => void {
    const passage = this.#passage;
    return (callback) => passage.transaction.afterCommit(callback);
  }
}

/** Runs the handler, or the acknowledgement of a webhook that was seen before. */
export function handle(passage: Passage): Answer | Promise<Answer> {
  const { endpoint } = passage.compiled;
  const context = Object.assign(new HandlerContext(passage), passage.grants) as never;
  const handler = passage.delivery === "first" ? endpoint.handle : endpoint.acknowledge;
  if (handler === undefined) throw new Error(`${passage.compiled.operationId} cannot acknowledge`);
  const replied = handler(context);
  if (replied instanceof Promise) return replied.then((settled) => project(passage, settled));
  return project(passage, replied);
}

function project(passage: Passage, replied: Reply): Answer {
  const output = passage.compiled.outputs.get(replied.status);
  if (output === undefined)
    throw new Error(`${passage.compiled.operationId} answered undeclared ${replied.status}`);
  const { location } = replied;
  if (location !== undefined) {
    // Refused here, and not by the socket when the commit is done.
    if (!fieldValue.test(location)) throw new Error("a location must be a URI reference in ASCII");
    passage.object ??= location;
  }
  switch (output.kind) {
    case "json": {
      const body = output.project?.project(replied.body, passage.audiences);
      return { output, body, location };
    }
    case "document":
      return { output, body: documentBody(replied.body, output.maximumBytes), location };
    case "empty":
      return { output, body: undefined, location };
  }
}

function documentBody(body: unknown, maximumBytes: number): string | Uint8Array {
  if (typeof body !== "string" && !(body instanceof Uint8Array))
    throw new Error("a document must be text or bytes");
  if (Buffer.byteLength(body) > maximumBytes)
    throw new Error(`a document is larger than the declared ${maximumBytes} bytes`);
  return body;
}
