/**
 * What a run is given.
 *
 * @module
 */

import type { RiskId } from "./technique/technique.ts";

/** What a run is given. */
export interface AttackOptions {
  /** The running API, such as "http://127.0.0.1:8080"; a path is a prefix of every operation. */
  readonly target: string;
  /** The OpenAPI document: URL, file name, or the parsed object. Default: the usual places of the target. */
  readonly openApi?: unknown;
  /** The principals: file name, or the parsed object. Without it only what needs no credentials runs. */
  readonly principals?: unknown;
  /** Hosts besides loopback that the caller says to own. */
  readonly iOwn?: readonly string[];
  readonly allowDestructive?: boolean;
  /** Only these risks or technique ids. */
  readonly only?: readonly string[];
  /** Not these risks or technique ids. */
  readonly skip?: readonly string[];
  /** Only operations whose key contains one of these. */
  readonly operations?: readonly string[];
  /** Requests per second at most; default: no limit on loopback, else 20. */
  readonly rate?: number;
  /** Requests in all at most; default 50,000. */
  readonly maxRequests?: number;
  /** Seconds in all at most; default 900. */
  readonly maxSeconds?: number;
  /** Milliseconds for one request; default 10,000. */
  readonly timeout?: number;
  readonly seed?: number;
  /** Secrets of webhooks by operation key or `"*"`: makes positive controls possible. */
  readonly webhookSecrets?: Readonly<Record<string, string>>;
  /** Ids of findings that are known, from a baseline file. */
  readonly baseline?: readonly string[];
  /** Only says what would run. */
  readonly dryRun?: boolean;
  /** Ends the run early; the report is then partial. */
  readonly signal?: AbortSignal;
  /** Told as the run goes on. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What happens in a run, for whoever watches. */
export type Progress =
  | { readonly kind: "document"; readonly title: string; readonly operations: number }
  | {
      readonly kind: "principal";
      readonly name: string;
      readonly signedIn: boolean;
      readonly why: string;
    }
  | {
      readonly kind: "world";
      readonly reached: number;
      readonly operations: number;
      readonly objects: number;
    }
  | {
      readonly kind: "technique";
      readonly id: string;
      readonly title: string;
      readonly risk: RiskId;
      readonly index: number;
      readonly of: number;
    }
  | {
      readonly kind: "finding";
      readonly id: string;
      readonly title: string;
      readonly target: string;
      readonly confirmed: boolean;
    }
  | { readonly kind: "stopped"; readonly why: string };
