/** Pages for people: the first one, and the documentation that works without the internet. */

import { readFileSync } from "node:fs";
import { documentEndpoint, type Endpoint } from "sekisho/http";
import { pageContentSecurityPolicy } from "sekisho/hardening";
import { since } from "./services.ts";

const common = { team: "platform", since } as const;
const html = "text/html; charset=utf-8";

function file(name: string): string {
  return readFileSync(new URL(`../pages/${name}`, import.meta.url), "utf8");
}

const policy = pageContentSecurityPolicy({});

/** The endpoints of this area. */
export function pageEndpoints(openApi: () => object): readonly Endpoint[] {
  return [
    documentEndpoint({
      ...common,
      path: "/",
      summary: "What this service is",
      mediaType: html,
      contentSecurityPolicy: policy,
      content: () => file("index.html"),
    }),
    documentEndpoint({
      ...common,
      path: "/docs",
      summary: "The documentation, for people",
      mediaType: html,
      contentSecurityPolicy: policy,
      content: () => file("docs.html"),
    }),
    documentEndpoint({
      ...common,
      path: "/docs/docs.js",
      summary: "Program of the documentation page",
      mediaType: "text/javascript; charset=utf-8",
      content: () => file("docs.js"),
    }),
    documentEndpoint({
      ...common,
      path: "/docs/docs.css",
      summary: "Style of the documentation page",
      mediaType: "text/css; charset=utf-8",
      content: () => file("docs.css"),
    }),
    documentEndpoint({
      ...common,
      path: "/openapi.json",
      summary: "The OpenAPI document",
      mediaType: "application/json",
      content: () => JSON.stringify(openApi()),
    }),
    documentEndpoint({
      ...common,
      path: "/.well-known/security.txt",
      summary: "How to report a weakness",
      mediaType: "text/plain; charset=utf-8",
      content: () =>
        [
          "Contact: mailto:security@shop.example",
          "Expires: 2027-10-31T00:00:00Z",
          "Preferred-Languages: en, ja",
          "",
        ].join("\n"),
    }),
  ];
}
