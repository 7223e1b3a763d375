/** Problems of the shop beside those of the library. */

import { defineProblems } from "sekisho/kernel";

/** Codes that only the shop answers with. */
export const problems = defineProblems({
  "order-not-validated": {
    status: 409,
    title: "Order not validated",
    detail: "Only a validated order can be executed, and only once.",
    when: "The order is not in the state `validated`: it was not validated yet, was cancelled, or was executed already.",
    remedy:
      "Look at `state` and `allowed_steps`, and validate the order first when that is among them.",
  },
  "out-of-stock": {
    status: 409,
    title: "Out of stock",
    detail: "The shop does not have that many of a product at the moment.",
    when: "The shop has less of a product than the order asks for. Nothing was taken.",
    remedy: "Order less of it, or come back later.",
  },
  "price-changed": {
    status: 409,
    title: "Price changed",
    detail: "A price changed since the order was made. Cancel it and order again.",
    when: "A product of the order has another price now than when the order was made.",
    remedy: "Cancel the order and make it again at the new price.",
  },
});
