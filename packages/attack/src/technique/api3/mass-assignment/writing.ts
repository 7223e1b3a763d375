/**
 * A place where something can be written, in the form that every technique of this folder works on:
 * send it altered, and see by independent reads what was kept.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Call, Exchange } from "../../../wire/exchange.ts";
import type { View } from "./view.ts";

/** Changes a valid call into an attack. */
export type Alter = (call: Call) => Call;

/** What became of one write. */
export interface Written {
  readonly sent: Exchange;
  /** Whether the API took it. */
  readonly taken: boolean;
  /** What shows without it: the object before, or another one that was made without it. */
  readonly before: View;
  /** What independent reads show after it. */
  readonly after: View;
  /** Who is signed in to a new account, when the object is one. */
  readonly account: Principal | undefined;
}

/** What can be written to. */
export interface Writing {
  readonly operation: Operation;
  readonly kind: "create" | "change" | "register" | "profile";
  /** Whether it is the account of a person. */
  readonly account: boolean;
  /** Words of the kind of object, for inference. */
  readonly thing: string;
  /** Operations that read or make the same kind of object: their schemas tell types and values. */
  readonly related: readonly Operation[];
  /** Who writes; nobody for a registration. */
  readonly writer: Principal | undefined;
  /** What shows without any attack; a text says why nothing does. */
  readonly control: () => Promise<View | string>;
  /** Writes to something fresh; `undefined` when there is nothing to write to any more. */
  readonly write: (alter: Alter) => Promise<Written | undefined>;
  /** Whether the account may end unusable: it is thrown away afterwards. */
  readonly throwaway: boolean;
}
