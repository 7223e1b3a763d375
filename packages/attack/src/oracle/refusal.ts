/**
 * Whether an answer refuses, also when a refusal wears a success as its status.
 *
 * @module
 */

import type { Exchange } from "../wire/exchange.ts";

const refusingWords =
  /\b(unauthori[sz]ed|forbidden|access denied|permission denied|not allowed|not permitted|invalid (token|credentials?|api key)|not authenticated|login required|must (be logged in|log in|login|sign in))\b/i;

/** Whether the target answered at all and with a success status. */
export function isSuccessStatus(exchange: Exchange): boolean {
  const status = exchange.answer?.status ?? 0;
  return status >= 200 && status < 300;
}

/** Whether a 2xx body says that nothing was done. */
export function isRefusingEnvelope(json: unknown, text: string): boolean {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return typeof json !== "object" && text.length < 300 && refusingWords.test(text);
  const body = json as Readonly<Record<string, unknown>>;
  for (const name of ["success", "ok", "succeeded", "valid"]) if (body[name] === false) return true;
  const status = body["status"] ?? body["result"];
  if (
    typeof status === "string" &&
    /^(error|fail|failed|failure|denied|forbidden|unauthorized)$/i.test(status)
  )
    return true;
  const code = body["code"] ?? body["statusCode"] ?? body["status_code"] ?? body["status"];
  if (typeof code === "number" && code >= 400 && code < 600) return true;
  const { error, errors } = body as { error?: unknown; errors?: unknown };
  if (isTelling(error) || isTelling(errors))
    return Object.keys(body).length <= 3 && (body["data"] ?? null) === null;
  const message = body["message"] ?? body["msg"] ?? body["detail"];
  return (
    typeof message === "string" && Object.keys(body).length <= 2 && refusingWords.test(message)
  );
}

function isTelling(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false && value !== "";
}

/** Whether an answer refuses: 3xx to a sign-in page, 4xx, or a refusal in an envelope. */
export function isRefusal(exchange: Exchange): boolean {
  const { answer } = exchange;
  if (answer === undefined) return false;
  if (answer.status >= 300 && answer.status < 500) return true;
  return isSuccessStatus(exchange) && isRefusingEnvelope(answer.json, answer.text);
}

/** Whether an answer is a success: 2xx and no refusal in an envelope. */
export function isSuccess(exchange: Exchange): boolean {
  const { answer } = exchange;
  return (
    answer !== undefined &&
    isSuccessStatus(exchange) &&
    !isRefusingEnvelope(answer.json, answer.text)
  );
}
