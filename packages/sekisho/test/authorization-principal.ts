import type { Principal } from "sekisho/kernel";

/** Subjects and ids of the authorization and flow tests. */
export const people = {
  alice: "019ab3c4-0000-7000-8000-00000000000a",
  bob: "019ab3c4-0000-7000-8000-00000000000b",
  carol: "019ab3c4-0000-7000-8000-00000000000c",
} as const;

/** A freshly signed-in person without roles and tenant, unless said otherwise. */
export function principalOf(subject: string, differences: Partial<Principal> = {}): Principal {
  return {
    subject,
    kind: "user",
    tenant: undefined,
    roles: new Set(),
    sessionId: "019ab3c4-0000-7000-8000-0000000000e1",
    tokenId: "019ab3c4-0000-7000-8000-0000000000e2",
    authenticatedAt: 1_800_000_000,
    methods: ["pwd"],
    ...differences,
  };
}
