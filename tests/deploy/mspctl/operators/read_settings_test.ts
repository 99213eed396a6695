import { makeTempDir } from "../../../../deploy/parts/cleanup.ts";
import { readOperatorSettings } from "../../../../deploy/mspctl/operators/read_settings.ts";
import { assert, assertEquals } from "../../../support/assert.ts";
import { readFiles } from "../../../support/alerting/config_dir.ts";
import { ROOT } from "../../../support/process.ts";

const MSP = "config/msp.yml";
const KT = "config/customers/kt.yml";
const MAINTENANCE = "config/maintenance.yml";
const HOLIDAYS = "config/holidays.yml";

Deno.test("readOperatorSettings() takes no files at all for nothing set", () => {
  assertEquals(readFiles({}), {
    provider: { language: "ko", onCall: { mail: [] } },
    customers: [],
    maintenance: [],
    holidays: [],
    retired: [],
  });
});

Deno.test("readOperatorSettings() reads every field", () => {
  const settings = readFiles({
    [MSP]: `
language: en
on_call:
  mail: oncall@msp.example
  slack: {url_file: slack, channel: "#경보"}
  webhook: {url: "https://hooks.example/a?b=c", token_file: token}
smtp: {host: "smtp.example:587", from: a@b.example, user: a, password_file: pw}
dead_man: {url: https://dead.example/x}
`,
    [KT]: `
language: en
contacts: {mail: [a@kt.example, b@kt.example]}
thresholds: {cpu: 92.5, disk: 80%}
slo_target: 99.95
business_hours: mon-fri 09:00-18:00
`,
    [MAINTENANCE]: `
windows:
  - {id: once, customer: kt, servers: [web-01], start: 2026-12-01 02:00, end: "2026-12-01T04:00+09:00", reason: disks}
  - {id: often, customer: nhn, weekly: sat 23:30-01:00, zone: Europe/Berlin, reason: patches}
`,
    [HOLIDAYS]: `
holidays:
  - {date: 2027-02-06, to: 2027-02-09, name: 설날}
`,
    "config/retired.yml": `
retired:
  - {customer: kt, server: old-01, since: 2026-11-27T04:00:00Z}
`,
  }, ["slack", "token", "pw"]);

  assertEquals(settings, {
    provider: {
      language: "en",
      onCall: {
        mail: ["oncall@msp.example"],
        slack: { urlFile: "slack", channel: "#경보" },
        webhook: { url: "https://hooks.example/a?b=c", tokenFile: "token" },
      },
      smtp: {
        host: "smtp.example:587",
        from: "a@b.example",
        requireTls: true,
        user: "a",
        passwordFile: "pw",
      },
      deadManUrl: "https://dead.example/x",
    },
    customers: [{
      id: "kt",
      language: "en",
      contacts: { mail: ["a@kt.example", "b@kt.example"] },
      thresholds: { cpu: 0.925, disk: 0.8 },
      sloTarget: 0.9995,
      businessHours: {
        hours: {
          days: ["mon", "tue", "wed", "thu", "fri"],
          startMinute: 540,
          endMinute: 1080,
        },
        zone: "Asia/Seoul",
      },
    }],
    maintenance: [{
      id: "once",
      customer: "kt",
      servers: ["web-01"],
      zone: "Asia/Seoul",
      reason: "disks",
      startSeconds: Date.UTC(2026, 10, 30, 17) / 1000,
      endSeconds: Date.UTC(2026, 10, 30, 19) / 1000,
    }, {
      id: "often",
      customer: "nhn",
      servers: [],
      zone: "Europe/Berlin",
      reason: "patches",
      weekly: { days: ["sat"], startMinute: 1410, endMinute: 60 },
    }],
    holidays: [{
      name: "설날",
      startSeconds: Date.UTC(2027, 1, 5, 15) / 1000,
      endSeconds: Date.UTC(2027, 1, 9, 15) / 1000,
    }],
    retired: [{
      customer: "kt",
      server: "old-01",
      since: "2026-11-27T04:00:00Z",
    }],
  });
});

/** A file, and each problem in it: `what → fix` without the path. */
const WRONG: Record<string, [path: string, text: string, string[]]> = {
  "YAML that is none": [KT, "language: [ko\nslo_target: 1", [
    ":2: Flow sequence in block collection must be sufficiently indented and end with a ] → correct the YAML at this line",
  ]],
  "a key that stands twice": [KT, "language: ko\nlanguage: en", [
    ":2: Map keys must be unique → correct the YAML at this line",
  ]],
  "a list instead of keys": [KT, "- ko", [
    ":1: the file is no mapping → write KEY: VALUE",
  ]],
  "a misspelt key": [KT, "# mine\nlangauge: ko", [
    ':2: unknown key "langauge" → did you mean "language"?',
  ]],
  "a misspelt key inside": [KT, "contacts:\n  slak: {}", [
    ':2: unknown key "contacts.slak" → did you mean "slack"?',
  ]],
  "a language that there is not": [KT, "language: jp", [
    ':1: language "jp" is not known → choose one: ko, en',
  ]],
  "a share instead of percent": [KT, "thresholds:\n  cpu: 0.9", [
    ':2: thresholds.cpu "0.9" is not between 1 and 100 percent → write percent: 90',
  ]],
  "a threshold above everything": [KT, "thresholds: {disk: 120}", [
    ':1: thresholds.disk "120" is not between 1 and 100 percent → write 1 to 100',
  ]],
  "a threshold in words": [KT, "thresholds: {memory: high}", [
    ':1: thresholds.memory "high" is no percentage → for example 90',
  ]],
  "an objective without a budget": [KT, "slo_target: 100", [
    ':1: slo_target "100" is not between 1 and 99.999 percent → write 1 to 99.999',
  ]],
  "hours that end before they start": [
    KT,
    "business_hours: mon-fri 18:00-09:00",
    [
      ":1: business_hours ends before it starts → for example mon-fri 09:00-18:00",
    ],
  ],
  "a day that there is not": [KT, "business_hours: mon-fry 09:00-18:00", [
    ':1: business_hours "mon-fry 09:00-18:00" has no day of the week → days are mon, tue, wed, thu, fri, sat, sun',
  ]],
  "a zone that there is not": [KT, "zone: KST", [
    ':1: zone "KST" is no time zone → for example Asia/Seoul or UTC',
  ]],
  "an address that is none, beside one": [
    KT,
    "contacts:\n  mail:\n    - a@kt.example\n    - b at kt",
    [
      ':4: contacts.mail "b at kt" is no mail address → for example ops@customer.example',
      ": contacts.mail needs a mail server → set smtp in config/msp.yml",
    ],
  ],
  "an address that would be a template": [
    KT,
    "contacts: {mail: '{{.X}}@kt.example'}",
    [
      ':1: contacts.mail "{{.X}}@kt.example" is no mail address → for example ops@customer.example',
    ],
  ],
  "a header in an address": [
    KT,
    'contacts: {mail: "a@kt.example\\nBcc: b@c"}',
    [
      ':1: contacts.mail "a@kt.example\\x0aBcc: b@c" holds a control character (\\x0a) → remove it',
    ],
  ],
  "a secret in the file": [
    KT,
    "contacts: {slack: {url_file: https://hooks.slack.com/services/T0/B0/x}}",
    [
      ':1: contacts.slack.url_file "https://…" is an address, and who knows it can post there → put it into a file below secrets/notify and write the file\'s name',
    ],
  ],
  "a secret's file elsewhere": [
    KT,
    "contacts: {slack: {url_file: ../../etc/passwd}}",
    [
      ':1: contacts.slack.url_file "../../etc/passwd" is no name of a file → name a file below secrets/notify, for example slack-kt',
    ],
  ],
  "a secret's file that is not there": [
    KT,
    "contacts: {slack: {url_file: slack-kt}}",
    [
      ': contacts.slack.url_file "slack-kt": secrets/notify/slack-kt is missing or empty → write the secret into it: (umask 077; cat >secrets/notify/slack-kt)',
    ],
  ],
  "a password in an address": [
    MSP,
    "dead_man: {url: https://u:secret@dead.example/}",
    [
      ':1: dead_man.url "https://…@dead.example/" holds a user or a password → put a token into a file below secrets/notify and name it in token_file',
    ],
  ],
  "mail without a server": [KT, "contacts: {mail: a@kt.example}", [
    ": contacts.mail needs a mail server → set smtp in config/msp.yml",
  ]],
  "a mail server without a port": [
    MSP,
    "smtp: {host: smtp.example, from: a@b.example}",
    [
      ':1: smtp.host "smtp.example" is no host with a port → for example smtp.example:587',
    ],
  ],
  "a password that would travel in clear": [
    MSP,
    "smtp:\n  {host: 's:25', from: a@b.example, user: u, password_file: pw, require_tls: false}",
    [
      ":2: smtp.require_tls is false, and the password would travel in clear → remove require_tls, or user and password_file",
    ],
  ],
  "a window without an end": [
    MAINTENANCE,
    "windows:\n  - id: a\n    customer: kt\n    start: 2026-12-01 02:00\n    reason: x",
    [
      ':2: windows[0]: "end" is missing → write end: 2026-12-01 02:00',
    ],
  ],
  "a window that ends before it starts": [
    MAINTENANCE,
    "windows:\n  - {id: a, customer: kt, reason: x, start: 2026-12-01 02:00, end: 2026-12-01 01:00}",
    [":2: windows[0].end is not after start → write a later time"],
  ],
  "a window on a day that there is not": [
    MAINTENANCE,
    "windows:\n  - {id: a, customer: kt, reason: x, weekly: sun 02:00-04:00, start: 2026-02-30 02:00}",
    [
      ':2: windows[0].start "2026-02-30 02:00" is not in the calendar → for example 2026-12-01 02:00',
    ],
  ],
  "a window at a time that there is not": [
    MAINTENANCE,
    "windows:\n  - {id: a, customer: kt, reason: x, weekly: sun 25:00-26:00}",
    [
      ':2: windows[0].weekly "sun 25:00-26:00" has no time of day → write 00:00 to 24:00',
    ],
  ],
  "two windows of one name": [
    MAINTENANCE,
    "windows:\n  - &a {id: a, customer: kt, reason: x, weekly: sun 02:00-04:00}\n  - {id: a, customer: kt, reason: x, weekly: mon 02:00-04:00}",
    [':3: windows[1].id "a" stands twice → choose another'],
  ],
  "a window of nobody": [
    MAINTENANCE,
    "windows:\n  - {id: a, customer: k, reason: x, weekly: sun 02:00-04:00}",
    [': window a: there is no customer "k" → did you mean "kt"?'],
  ],
  "a server's name that no server can have": [
    MAINTENANCE,
    "windows:\n  - {id: a, customer: kt, servers: ['x\"} or vector(1)'], reason: x, weekly: sun 02:00-04:00}",
    [
      ':2: windows[0].servers "x"} or vector(1)" may hold only letters, digits, . _ - → for example x-or-vector-1',
    ],
  ],
  "holidays that end before they start": [
    HOLIDAYS,
    "holidays:\n  - date: 2027-02-09\n    to: 2027-02-06",
    [":3: holidays[0].to is before date → write the last day"],
  ],
  "a holiday without a day": [HOLIDAYS, "holidays: [{name: x}]", [
    ':1: holidays[0]: "date" is missing → write date: 2026-02-17',
  ]],
};

for (const [what, [path, text, expected]] of Object.entries(WRONG)) {
  Deno.test(`readOperatorSettings() refuses ${what}`, () => {
    const problems = readFiles({ [path]: text }, ["pw"]);

    assertEquals(problems, expected.map((problem) => `${path}${problem}`));
  });
}

Deno.test("readOperatorSettings() names a file of no customer, and the nearest", () => {
  assertEquals(readFiles({ "config/customers/ktt.yml": "language: ko" }), [
    'config/customers/ktt.yml: there is no customer "ktt" → rename it to kt.yml, or run mspctl customer add ktt',
  ]);
});

Deno.test("readOperatorSettings() knows the customer whose file came meanwhile", () => {
  using dir = makeTempDir();
  const folder = `${dir.path}/config/customers`;
  Deno.mkdirSync(folder, { recursive: true });

  const settings = readOperatorSettings({
    dir: dir.path,
    zone: "Asia/Seoul",
    // Another mspctl: a file whose customer is not in this answer.
    customerIds: () => {
      Deno.writeTextFileSync(`${folder}/new.yml`, "");
      return [];
    },
  });

  assertEquals(settings.customers, []);
});

Deno.test("readOperatorSettings() reports every file's problems at once", () => {
  const problems = readFiles({
    [MSP]: "langage: ko",
    [KT]: "slo_target: 0",
    [HOLIDAYS]: "holidays: 3",
  });

  assert(Array.isArray(problems));
  assertEquals(problems.length, 3, problems.join("\n"));
});

Deno.test("config.example/ sets nothing, and its comments are right when they count", () => {
  const example = (name: string) =>
    Deno.readTextFileSync(`${ROOT}/deploy/config.example/${name}`);
  const files = (change: (text: string) => string) => ({
    [MSP]: change(example("msp.yml")),
    [KT]: change(example("customer.yml")),
    [MAINTENANCE]: change(example("maintenance.yml")),
    [HOLIDAYS]: change(example("holidays.yml")),
  });

  const asItIs = readFiles(files((text) => text));
  assert(!Array.isArray(asItIs) && "customers" in asItIs, String(asItIs));
  assertEquals(asItIs.customers[0]?.thresholds, {});
  assertEquals(asItIs.maintenance, []);

  const all = readFiles(
    files((text) => text.replaceAll(/^# ?(?=( {2}|-|[a-z_]+:( |$)))/gm, "")),
    [
      ...["slack-msp", "webhook-msp", "smtp-password"],
      ...["slack-customer", "webhook-customer"],
    ],
  );
  assert(!Array.isArray(all) && "customers" in all, String(all));
  assertEquals(all.customers[0]?.sloTarget, 0.999);
  assertEquals(all.maintenance.length, 2);
  assertEquals(all.holidays.length, 2);
});
