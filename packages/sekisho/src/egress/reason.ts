/**
 * Every way in which an outgoing request can end without an answer, and how errors are read.
 *
 * Promise: a closed union; nothing of an error's text reaches a caller. Limits: the classes of
 * network failure are as fine as Node reports them.
 *
 * @module
 */

import { errors } from "undici";
import type { DestinationReason } from "./decide.ts";

/** Why an outgoing request brought no answer. Private: users get one uniform problem. */
export type EgressReason =
  | DestinationReason
  | "redirect"
  | "header"
  | "deadline"
  | "aborted"
  | "closed"
  | "connect"
  | "tls"
  | "peer"
  | "media-type"
  | "content-encoding"
  | "too-large"
  | "headers-too-large"
  | "network";

/** Carries a named outcome through code that can only throw. */
export class EgressFailure extends Error {
  override readonly name = "EgressFailure";
  readonly reason: EgressReason;

  constructor(reason: EgressReason, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** Reads an error of the transport. */
export function reasonOf(error: unknown): EgressReason {
  if (error instanceof EgressFailure) return error.reason;
  if (error instanceof errors.HeadersOverflowError) return "headers-too-large";
  if (error instanceof errors.InvalidArgumentError) return "header";
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return "deadline";
  return "network";
}
