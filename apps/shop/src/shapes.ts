/** Shapes that several areas share: names, times, money. */

import { z } from "zod";
import { Problem, type FieldError } from "sekisho/kernel";

/** UUID of a record. */
export const Id = z.uuid();
/** RFC 3339 time in UTC. */
export const Time = z.iso.datetime();
/** Amount in minor units. */
export const Money = z.int().min(0).max(2_147_483_647);
/** ISO 4217 code. */
export const Currency = z.string().length(3);
/** Name to sign in with. */
export const Username = z
  .string()
  .min(3)
  .max(32)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
/** A new password; the policy is the authentication's. */
export const Password = z.string().min(1).max(1_024);
export const DisplayName = z.string().trim().min(1).max(100);
export const Email = z.email().max(254);
export const Role = z.enum(["user", "admin"]);
export const Roles = z.array(Role).max(2);

/** Refuses one property of the input, like the contract does. */
export function refuseField(pointer: string, detail: string, reason: string): Problem {
  const errors: readonly FieldError[] = [{ pointer, detail }];
  return new Problem("invalid-request", { errors }, { reason });
}

/** The value in the form of the wire. */
export function timeText(value: Date | string | number): string {
  return new Date(value).toISOString();
}
