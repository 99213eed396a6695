/** The words behind a command: whose server, which server, which window. */
import { customerId, serverName } from "../../shared/config_identity.ts";
import { type Kind, reject } from "../../shared/config_kinds.ts";
import { type Problem, shown } from "../../shared/config_text.ts";
import { windowId } from "./operators/kinds.ts";

/** Every operand by its name in a {@linkcode Operands}. */
const OPERANDS = {
  customerId: { word: "CUSTOMER", noun: "customer", kind: customerId },
  serverName: { word: "SERVER", noun: "server", kind: serverName },
  windowId: { word: "ID", noun: "window", kind: windowId },
} as const satisfies Record<string, {
  readonly word: string;
  readonly noun: string;
  readonly kind: Kind<string>;
}>;
type OperandName = keyof typeof OPERANDS;

/** Operands of one call; empty where the command has none. */
export type Operands = Readonly<Record<OperandName, string>>;

const TAKES: Readonly<Record<string, readonly OperandName[]>> = {
  "customer add": ["customerId"],
  "customer rotate": ["customerId"],
  "customer revoke": ["customerId"],
  "customer grafana": ["customerId"],
  "server list": ["customerId"],
  "server retire": ["customerId", "serverName"],
  "server restore": ["customerId", "serverName"],
  "maintenance add": ["customerId"],
  "maintenance end": ["windowId"],
  "sla report": ["customerId"],
  "sla recompute": ["customerId"],
};

/** `customer add CUSTOMER`: the command as it is typed. */
export function usageOf(command: string): string {
  const words = operandsOf(command).map((name) => OPERANDS[name].word);
  return [command, ...words].join(" ");
}

/** Takes the command's operands from its words; the rest is too much. */
export function readOperands(
  command: string,
  words: readonly string[],
): {
  readonly operands: Operands;
  readonly rest: readonly string[];
  readonly problems: readonly Problem[];
} {
  const operands = { customerId: "", serverName: "", windowId: "" };
  const names = operandsOf(command);
  const problems = names.flatMap((name, i): Problem[] => {
    const parsed = readOne(command, name, words[i]);
    if (!parsed.ok) return [parsed];
    operands[name] = parsed.value;
    return [];
  });
  return { operands, rest: words.slice(names.length), problems };
}

function readOne(command: string, name: OperandName, text: string | undefined) {
  const { noun, kind } = OPERANDS[name];
  const examples = operandsOf(command).map((one) => OPERANDS[one].kind.example);
  const hint = `write mspctl ${[command, ...examples].join(" ")}`;
  if (text === undefined) {
    const what = noun === "server" ? "a server's name" : `a ${noun}'s id`;
    return reject(`"mspctl ${command}" needs ${what}`, hint);
  }
  const parsed = kind.parse(text);
  if (parsed.ok) return parsed;
  return reject(`${noun} ${shown(text)} ${parsed.what}`, parsed.hint);
}

function operandsOf(command: string): readonly OperandName[] {
  return TAKES[command] ?? [];
}
