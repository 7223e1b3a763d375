export {
  defineUpstream,
  type Upstream,
  type UpstreamDeclaration,
  type UpstreamEndpoint,
} from "./define-upstream.ts";
export type { CallInput, FetchInput, PathParameters } from "./call-input.ts";
export type { BreakerState } from "./breaker.ts";
export type { UpstreamFigures } from "./figures.ts";
export {
  toProblem,
  upstreamReasonOf,
  type UpstreamAllow,
  type UpstreamDecision,
  type UpstreamDeny,
  type UpstreamReason,
} from "./outcome.ts";
