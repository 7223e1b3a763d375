/**
 * What the name of a property says about who may write it.
 *
 * @module
 */

import { wordsOf } from "../../oracle/sensitive.ts";

/** Why a property is not for everybody to write. */
export type Power =
  | "privilege"
  | "verification"
  | "allowance"
  | "money"
  | "state"
  | "ownership"
  | "identity"
  | "time";

const powers: readonly (readonly [Power, RegExp])[] = [
  [
    "privilege",
    /^((is|has)? ?(super ?|site |system )?(admin(istrator)?|staff|superuser|root|moderator|owner role)( (access|rights))?|roles?|(user|account|member|access|admin) (roles?|type|level)|role (id|ids|name|names)|permissions?|privileges?|authorit(y|ies)|access level|security level|clearance|scopes?|groups?|group ids?|can [a-z ]+)$/,
  ],
  [
    "verification",
    /^((is )?(email |phone |identity |kyc |account )?(verified|approved|confirmed|trusted|validated)( at)?|kyc|kyc status|verification status|mfa enabled|two factor enabled)$/,
  ],
  [
    "allowance",
    /^(plan|tier|subscription|subscription (plan|tier|type|level)|quota|rate limit|limits?|credit limit|max [a-z ]+|(is )?premium|(is )?vip|membership|trial ends at)$/,
  ],
  [
    "money",
    /^(balance|credits?|wallet( balance)?|points|loyalty points|bonus|salary|wage|income|(grand |sub ?|order |item |unit |list |net |gross )?(total|price|amount)( price| amount| cost| cents)?|subtotal|discount( percent(age)?| amount| rate)?|fee|fees|cost|tax|shipping( cost| fee)?|exchange rate|paid amount|amount paid|available credit|refund amount|commission)$/,
  ],
  [
    "state",
    /^((order |payment |account |user |ticket |approval |review )?(status|state|stage|phase)|(is )?(paid|active|enabled|disabled|blocked|banned|locked|suspended|deleted|published|shipped|delivered|closed|resolved|settled)|deleted at|paid at|approved by)$/,
  ],
  [
    "ownership",
    /^((owner|user|account|customer|author|creator|created by|member|tenant|organi[sz]ation|org|company|seller|buyer|farmer|patient|client)( id| uuid| name)?|username of owner|owned by)$/,
  ],
  ["identity", /^(id|uuid|guid)$/],
  [
    "time",
    /^((created|registered|joined|creation|registration)( at| on| date| time)?|date (created|joined))$/,
  ],
];

/** Why a property of this name is not for everybody to write; `undefined` when nothing says so. */
export function powerOf(name: string): Power | undefined {
  const words = wordsOf(name.replace(/^_+/, ""));
  return powers.find(([, pattern]) => pattern.test(words))?.[0];
}

/** Names that mean the same in any case and with any separator: "isAdmin" and "is_admin". */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z\d]/g, "");
}

/** A value as text: a string as it is, anything else as JSON. */
export function plainText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Whether a value makes its holder more than an ordinary user. */
export function isHighRole(value: unknown): boolean {
  if (value === true || value === 1) return true;
  const text = plainText(value);
  return /\b(super|root|admin|administrator|superuser|superadmin|super_admin|owner|staff|manager|moderator|system|all|\*)\b/i.test(
    text.replaceAll(/[_-]/g, " "),
  );
}

/** Things that are bought, sold, paid or owed. */
export function isMoneyThing(words: string): boolean {
  return /\b(orders?|checkouts?|carts?|baskets?|invoices?|payments?|transfers?|refunds?|purchases?|bookings?|reservations?|subscriptions?|transactions?|loans?|bills?|payouts?|withdrawals?|deposits?|coupons?|vouchers?|gift ?cards?|returns?|claims?|bids?|wallets?|quotes?|tickets? orders?)\b/.test(
    words,
  );
}
