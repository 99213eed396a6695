/** A soak of two minutes; `deno task soak` is the same with more of everything. */
import { bun, faketime, part, program, root } from "../support/parts.ts";
import { assertEquals } from "../support/assert.ts";
import { soak } from "../soak/soak.ts";
import { formatRows } from "../soak/table.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const vmalert = await part("vmalert");
const alertmanager = await part("alertmanager");
const nginx = program("nginx");
const openssl = program("openssl");
const iptables = program("iptables");
const relayBun = bun();
const clock = faketime();
const needed = [
  vm,
  vmauth,
  vmalert,
  alertmanager,
  nginx,
  openssl,
  iptables,
  relayBun,
  clock,
  root(),
];

/** The store killed, the relay killed, and a record of its spool damaged. */
const SEED = 9013;

Deno.test({
  name:
    "soak: kills of store and relay and a damaged record cost nothing but that record",
  ignore: !needed.every(({ available }) => available),
  async fn() {
    const notes: string[] = [];
    const rows = await soak({
      vm: vm.get(),
      vmauth: vmauth.get(),
      vmalert: vmalert.get(),
      alertmanager: alertmanager.get(),
      nginx: nginx.get(),
      bun: relayBun.get(),
      faketime: clock.get(),
    }, {
      seed: SEED,
      minutes: 1,
      agents: 4,
      senders: 200,
      periodMs: 20_000,
      note: (line) => notes.push(line),
    });

    const failed = rows.filter(({ isRight }) => !isRight);
    assertEquals(failed, [], `${notes.join("\n")}\n${formatRows(rows)}`);
  },
});
