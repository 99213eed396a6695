/** The files of config/ that mspctl makes: comments, and nothing set yet. */
import { exists, makeDir, type Owner, replaceFile } from "../stack_dir.ts";
import { OPERATOR_FILES } from "./read_settings.ts";

/** Examples that come with the stack; `customer.yml` is made for each customer. */
const EXAMPLES = "config.example";

/** Makes config/ and those of its files that are missing. */
export function makeConfigFiles(dir: string, owner: Owner): void {
  makeDir(`${dir}/${OPERATOR_FILES.dir}`, owner);
  makeDir(`${dir}/${OPERATOR_FILES.customers}`, owner);
  makeDir(`${dir}/${OPERATOR_FILES.secrets}`, owner);
  for (const name of ["msp.yml", "maintenance.yml", "holidays.yml"]) {
    copyExample(dir, {
      from: name,
      to: `${OPERATOR_FILES.dir}/${name}`,
      owner,
    });
  }
}

/** Makes a customer's file if there is none; its path. */
export function makeCustomerFile(
  dir: string,
  id: string,
  owner: Owner,
): string {
  const to = `${OPERATOR_FILES.customers}/${id}.yml`;
  copyExample(dir, { from: "customer.yml", to, owner });
  return to;
}

function copyExample(
  dir: string,
  { from, to, owner }: {
    readonly from: string;
    readonly to: string;
    readonly owner: Owner;
  },
): void {
  if (exists(`${dir}/${to}`)) return;
  const text = Deno.readTextFileSync(`${dir}/${EXAMPLES}/${from}`);
  replaceFile(`${dir}/${to}`, text, owner);
}
