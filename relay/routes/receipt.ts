/** What became of a check sample, for the sender's `check`. */
import { Hono } from "hono";
import type { RelayEnv } from "../middleware/errors.ts";
import type { Receipts } from "../receipts.ts";

/** `/api/v1/receipt?id=…`. */
export function receiptRoutes(
  { receipts }: { readonly receipts: Receipts },
): Hono<RelayEnv> {
  const routes = new Hono<RelayEnv>();
  routes.get("/api/v1/receipt", (c) => {
    const id = c.req.query("id") ?? "";
    return id === ""
      ? c.text("no id given: ask for /api/v1/receipt?id=ID\n", 400)
      : c.json(receipts.find(id));
  });
  return routes;
}
