/** Why the demo ends without its result. */
import { AppError } from "../../shared/errors.ts";

/** Servers did not arrive, or VictoriaMetrics went away. */
export class DemoError extends AppError {
  override readonly name = "DemoError";
  readonly code = "demo";

  constructor(message: string, readonly hint: string) {
    super(message);
  }
}
