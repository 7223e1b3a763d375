export { createEgress, type Egress, type EgressObservation, type EgressOptions } from "./client.ts";
export type { ResponseHeaders } from "./body.ts";
export type { EgressMethod } from "./exchange.ts";
export type { EgressAllow, EgressDecision, EgressRequest } from "./request.ts";
export { addressBlocks, globalUnicast, type AddressBlock } from "./address-blocks.ts";
export {
  classifyAddress,
  type AddressDecision,
  type AddressFamily,
  type AddressReason,
} from "./address-policy.ts";
export type { Dial, DialTarget } from "./connector.ts";
export {
  checkDestination,
  decideUrl,
  type DestinationDecision,
  type DestinationReason,
  type JudgedAddress,
  type Resolve,
  type UrlReason,
} from "./decide.ts";
export { defaultEgressLimits, type EgressLimits } from "./limits.ts";
export type { EgressPolicy } from "./policy.ts";
export type { EgressReason } from "./reason.ts";
export { decideRedirect, type RedirectDecision } from "./redirect.ts";
export { createSystemResolver } from "./resolver.ts";
export { unsafeDestinations, type UnsafeDestination } from "./route.ts";
