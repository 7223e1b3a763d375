/** Problems of the shop beside those of the library. */

import { defineProblems } from "sekisho/kernel";

/** Codes that only the shop answers with. */
export const problems = defineProblems({
  "order-not-validated": {
    status: 409,
    title: "Order not validated",
    detail: "Only a validated order can be executed, and only once.",
  },
  "out-of-stock": {
    status: 409,
    title: "Out of stock",
    detail: "The shop does not have that many of a product at the moment.",
  },
  "price-changed": {
    status: 409,
    title: "Price changed",
    detail: "A price changed since the order was made. Cancel it and order again.",
  },
});
