/**
 * All targets.
 *
 * @module
 */

import { target as blog } from "./secure-blog.ts";
import { target as catalogue } from "./secure-catalogue.ts";
import { target as links } from "./secure-links.ts";
import { target as panel } from "./secure-panel.ts";
import { target as shop } from "./secure-shop.ts";
import type { Target } from "./target.ts";
import { target as bank } from "./vulnerable-bank.ts";
import { target as books } from "./vulnerable-books.ts";
import { target as cars } from "./vulnerable-cars.ts";
import { target as restaurant } from "./vulnerable-restaurant.ts";
import { target as sheep } from "./vulnerable-sheep.ts";
import { target as tickets } from "./vulnerable-tickets.ts";

/** Targets whose holes must be found. */
export const vulnerableTargets: readonly Target[] = [books, cars, restaurant, sheep, bank, tickets];

/** Targets on which nothing must be found. */
export const secureTargets: readonly Target[] = [blog, panel, shop, links, catalogue];
