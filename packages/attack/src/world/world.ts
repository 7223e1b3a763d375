/**
 * What techniques know and can do: the target as it was learnt before the first attack.
 *
 * @module
 */

import type { ApiDocument, Operation, Resource } from "../document/operation.ts";
import type { Credential, Principal } from "../principal/principal.ts";
import type { Call, Client, Exchange, HeaderLine, SendOptions } from "../wire/exchange.ts";
import type { Listener } from "../wire/listener.ts";

/** An object that belongs to one principal. */
export interface OwnedObject {
  readonly resource: Resource;
  readonly owner: Principal;
  /** Its id, as it stands in paths. */
  readonly id: string;
  /** Values of all path parameters of the item, parents included. */
  readonly values: Readonly<Record<string, string>>;
  /** The item as its owner reads it; `undefined` when nothing shows it. */
  readonly body: unknown;
  /** Distinctive values that only its owner's view should hold: planted ones first. */
  readonly marks: readonly string[];
  /** How it came: created by the run (may be changed and removed), found in a list, told by the file, or the principal's own account. */
  readonly origin: "created" | "listed" | "told" | "self";
}

/** What to change in the valid request of an operation. */
export interface Making {
  /** Values for path and query parameters by name; they win over what is known. */
  readonly values?: Readonly<Record<string, string>>;
  /** Properties that replace or join those of a JSON object body (top level). */
  readonly body?: Readonly<Record<string, unknown>>;
  /** Replaces the whole body; a string or bytes go as they are. */
  readonly rawBody?: string | Uint8Array;
  /** Media type of the body when it is not the declared one. */
  readonly mediaType?: string;
  /** Query parameters to add, in order, after the valid ones. */
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: readonly HeaderLine[];
  readonly method?: string;
  /** Raw path (with query) in place of the made one. */
  readonly path?: string;
}

/** Whether an object, or what an operation answers, is private to its owner, and from what that is known. */
export interface Privacy {
  readonly private: boolean;
  /** `declared` by the document, `shown` by what the API does elsewhere, `named` by property or resource names. */
  readonly from: "declared" | "shown" | "named" | "nothing";
  readonly because: string;
}

/** The operation that tells who calls. */
export interface Identity {
  readonly operation: Operation;
  /** Values that its answer holds for this principal and for nobody else. */
  marksOf(principal: Principal): readonly string[];
  /** The call for whoever holds the given header lines (a forged token, say). */
  call(headers: readonly HeaderLine[], query?: readonly (readonly [string, string])[]): Call;
  /** Whom an answer speaks of; `undefined` when of nobody known. */
  whom(exchange: Exchange): Principal | undefined;
}

/** What is read from the settings by techniques. */
export interface AttackLimits {
  readonly allowDestructive: boolean;
  /** Most requests that one technique may spend on one operation to exhaust a quota. */
  readonly burst: number;
  /** Secrets of webhooks by operation key or by name, for positive controls. */
  readonly webhookSecrets: Readonly<Record<string, string>>;
}

/** What techniques know and can do. */
export interface World {
  readonly document: ApiDocument;
  /** "http://127.0.0.1:8080", without a path. */
  readonly origin: string;
  /** Path prefix of every operation ("" or "/v1"); `make` adds it. */
  readonly basePath: string;
  readonly client: Client;
  readonly limits: AttackLimits;
  readonly principals: readonly Principal[];
  /** Two of the same role and tenant: attacker and victim. */
  readonly peers: { readonly attacker: Principal; readonly victim: Principal } | undefined;
  readonly administrator: Principal | undefined;
  readonly identity: Identity | undefined;
  /** A listener on loopback, started at the first use. */
  listener(): Promise<Listener>;
  /** A number in [0, 1), from the seed of the run. */
  random(): number;
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;

  /** A valid request of an operation as a principal, from schemas, examples and learnt values. */
  make(operation: Operation, principal: Principal | undefined, making?: Making): Call;
  send(call: Call, options?: SendOptions): Promise<Exchange>;
  /**
   * The proof that an operation answers 2xx to this principal with a valid request: the exchange of
   * that request, learnt once. `undefined` when it never did; `whyNot` says why.
   */
  works(operation: Operation, principal: Principal | undefined): Promise<Exchange | undefined>;
  whyNot(operation: Operation, principal: Principal | undefined): string;

  /** Objects known to belong to a principal; all resources, or one. */
  objectsOf(principal: Principal, resource?: Resource): readonly OwnedObject[];
  /** A fresh object of this principal, made for the attack; `undefined` when none can be made. */
  create(resource: Resource, principal: Principal): Promise<OwnedObject | undefined>;
  /**
   * Takes an object of the run through the steps that an operation below it needs first (declared
   * flow, or the other actions below the item), as its owner. Whether the operation should now work.
   */
  bringTo(object: OwnedObject, operation: Operation): Promise<boolean>;
  /** Who should be able to call it, best first; `undefined` among them is anonymous. */
  rightful(operation: Operation): readonly (Principal | undefined)[];
  /** The resource whose objects an operation's path names last. */
  resourceOf(operation: Operation): Resource | undefined;
  /** The object as its owner sees it now. `undefined` when nothing shows it. */
  readBack(object: OwnedObject): Promise<Exchange | undefined>;
  /** Whether what this operation answers about another's object is private. */
  privacyOf(operation: Operation, object: OwnedObject): Promise<Privacy>;

  /** The current credential of a principal. */
  credentialOf(principal: Principal): Credential;
  /** A further session of the same principal, which may be ended; `undefined` without a recipe. */
  signInAgain(principal: Principal): Promise<Principal | undefined>;
  /** A new account of the lowest role; `undefined` when the document shows no registration. */
  newcomer(): Promise<Principal | undefined>;
  /** The same principal with other header lines as credential, such as a forged token. */
  withHeaders(principal: Principal, headers: readonly HeaderLine[]): Principal;

  /** Whether an answer looks like what the API says of paths that do not exist (method by method). */
  looksAbsent(exchange: Exchange): Promise<boolean>;
  /** Whether an answer is a refusal, also one in a 2xx envelope. */
  refuses(exchange: Exchange): boolean;
  /** Whether an answer is a success: 2xx and no refusal in an envelope. */
  succeeds(exchange: Exchange): boolean;
}
