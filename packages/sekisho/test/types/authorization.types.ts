/**
 * What access rules must and must not let compile. Each `@ts-expect-error` names the regression it
 * guards; the file is only type-checked.
 */
import {
  allOf,
  anonymous,
  anyOf,
  authenticated,
  column,
  defineResource,
  owner,
  role,
  self,
  shadow,
  shapeOf,
  stateIn,
  stepUp,
  webhook,
  type AccessRule,
  type AnyAccessRule,
  type GrantsOf,
  type ParametersOf,
  type Resource,
} from "sekisho/authorization";
import { defineFlow } from "sekisho/flow";
import type { Principal } from "sekisho/kernel";
import { z } from "zod";

type IsAny<A> = 0 extends 1 & A ? true : false;
type Equals<A, B> = [A, IsAny<A>] extends [B, IsAny<B>]
  ? [B, IsAny<B>] extends [A, IsAny<A>]
    ? true
    : false
  : false;

interface OrderRow {
  readonly id: string;
  readonly user_id: string;
}
interface FileRow {
  readonly name: string;
}

const Order = defineResource("order", {
  table: "orders",
  owner: column("user_id"),
  row: shapeOf<OrderRow>(),
});
const File = defineResource("file", {
  load: (_session, id): FileRow => ({ name: id }),
  owner: (row) => row.name,
});
const Payment = {
  kind: "webhook",
  name: "payment",
  event: z.strictObject({ type: z.literal("payment.succeeded") }),
} as const;

// A resource knows its kind and its row, in both forms.
export const proof1: Equals<typeof Order, Resource<"order", OrderRow>> = true;
export const proof2: Equals<typeof File, Resource<"file", FileRow>> = true;
// A resource of a special row is a resource.
export const anyResource: readonly Resource[] = [Order, File];

// Each rule grants what it says.
const anonymousRule = anonymous("sign-in");
const ownerRule = owner(Order, "order_id");
const webhookRule = webhook(Payment);
export const proof3: Equals<keyof GrantsOf<typeof anonymousRule>, never> = true;
export const proof4: Equals<GrantsOf<typeof ownerRule>["order"], OrderRow> = true;
export const proof5: Equals<GrantsOf<typeof ownerRule>["principal"], Principal> = true;
export const proof6: Equals<GrantsOf<typeof webhookRule>["event"], { type: "payment.succeeded" }> =
  true;
export const proof7: Equals<keyof GrantsOf<typeof webhookRule>, "event"> = true;

// Each rule names its parameters.
const selfRule = self("user_id");
const nested = owner(Order, "order_id", { within: { user_id: "user" } });
export const proof8: Equals<ParametersOf<typeof anonymousRule>, never> = true;
export const proof9: Equals<ParametersOf<typeof selfRule>, "user_id"> = true;
export const proof10: Equals<ParametersOf<typeof ownerRule>, "order_id"> = true;
export const proof11: Equals<ParametersOf<typeof nested>, "order_id" | "user"> = true;

// Any-of: what all grant stays, what some grant is optional.
const either = anyOf(role("support"), ownerRule);
export const proof12: Equals<GrantsOf<typeof either>["principal"], Principal> = true;
export const proof13: Equals<GrantsOf<typeof either>["order"], OrderRow | undefined> = true;
const perhaps = anyOf(anonymousRule, authenticated());
export const proof14: Equals<GrantsOf<typeof perhaps>["principal"], Principal | undefined> = true;

// All-of: everything together.
const both = allOf(ownerRule, owner(File, "file_id"), role("editor"));
export const proof15: Equals<keyof GrantsOf<typeof both>, "principal" | "order" | "file"> = true;
export const proof16: Equals<GrantsOf<typeof both>["file"], FileRow> = true;
export const proof17: Equals<ParametersOf<typeof both>, "order_id" | "file_id"> = true;

// Step-up grants what its rule grants; shadow what is enforced, but needs both sets of parameters.
const stepped = stepUp(ownerRule, { maxAge: 600 });
export const proof18: Equals<GrantsOf<typeof stepped>, GrantsOf<typeof ownerRule>> = true;
const tried = shadow(ownerRule, selfRule);
export const proof19: Equals<GrantsOf<typeof tried>, GrantsOf<typeof selfRule>> = true;
export const proof20: Equals<ParametersOf<typeof tried>, "order_id" | "user_id"> = true;

// Every rule is a rule.
export const rules: readonly AnyAccessRule[] = [anonymousRule, ownerRule, webhookRule, both, tried];
export const general: AccessRule = either;

export function handle(
  open: GrantsOf<typeof anonymousRule>,
  owned: GrantsOf<typeof ownerRule>,
  mixed: GrantsOf<typeof either>,
): readonly unknown[] {
  return [
    // @ts-expect-error an anonymous endpoint has no principal
    open.principal,
    owned.order.user_id,
    // @ts-expect-error the row has only the declared columns
    owned.order.salary,
    // @ts-expect-error only some alternatives grant the order
    mixed.order.user_id,
    mixed.order?.user_id,
  ];
}

export function refused(): readonly unknown[] {
  return [
    // @ts-expect-error an open endpoint must say why
    anonymous(),
    // @ts-expect-error a parameter is named
    self(),
    // @ts-expect-error a resource, not its name
    owner("order", "order_id"),
    // @ts-expect-error a webhook, not its name
    webhook("payment"),
    // @ts-expect-error one rule is no alternative
    anyOf(role("admin")),
    // @ts-expect-error a step-up says how old the sign-in may be
    stepUp(role("admin"), {}),
    // @ts-expect-error a table resource says who owns a row
    defineResource("order", { table: "orders", row: shapeOf<OrderRow>() }),
    // @ts-expect-error an owner predicate is data, not a function, for a table
    defineResource("order", { table: "orders", owner: () => "x", row: shapeOf<OrderRow>() }),
    // @ts-expect-error a state predicate lists states
    stateIn("status", []),
    // @ts-expect-error a hand-made object is no rule
    general satisfies { kind: "open" },
  ];
}

const flow = defineFlow({
  name: "order",
  table: "orders",
  stateColumn: "status",
  states: ["draft", "executed"],
  initial: "draft",
  final: ["executed"],
  steps: { execute: { from: ["draft"], to: "executed" } },
  events: { table: "order_events", streamColumn: "order_id" },
});
export const step = flow.step("execute");
export const proof21: Equals<(typeof step)["name"], "execute"> = true;

export function refusedFlows(): readonly unknown[] {
  return [
    // @ts-expect-error the flow has no such step
    flow.step("refund"),
    defineFlow({
      name: "order",
      table: "orders",
      stateColumn: "status",
      states: ["draft", "executed"],
      // @ts-expect-error the initial state is one of the states
      initial: "new",
      // @ts-expect-error a final state is one of the states
      final: ["done"],
      // @ts-expect-error a step leads from states to states
      steps: { execute: { from: ["darft"], to: "executed" } },
      events: { table: "order_events", streamColumn: "order_id" },
    }),
  ];
}
