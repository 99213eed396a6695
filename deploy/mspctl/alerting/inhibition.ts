/** Which alert makes which others needless. Source: spec of central, 3.5. */

/** One rule of Alertmanager. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  /** A label that is missing on both sides counts as equal. */
  readonly equal?: readonly string[];
}

const SERVER = ["customer_id", "server_name"];

/** From the whole centre down to two alerts of one cause. */
export const INHIBIT_RULES: readonly InhibitRule[] = [
  // Everything silent at once is our own fault, and one alert says so.
  {
    source_matchers: ['alertname="CentralIngestStalled"'],
    target_matchers: ['scope=~"host|relay|sla"'],
  },
  // A window for the whole customer has no server.
  {
    source_matchers: ['alertname="MaintenanceActive"', 'server_name!=""'],
    target_matchers: ['alertname!="MaintenanceActive"'],
    equal: SERVER,
  },
  {
    source_matchers: [
      'alertname="MaintenanceActive"',
      'customer_id!=""',
      'server_name=""',
    ],
    target_matchers: ['alertname!="MaintenanceActive"', 'scope!="central"'],
    equal: ["customer_id"],
  },
  // "Resolved" would be a lie: the server was taken off.
  {
    source_matchers: ['alertname="ServerRetired"'],
    target_matchers: ['alertname=~"ServerDown|RelayDown"'],
    equal: SERVER,
  },
  // A direct server has no relay, and must not equal another one without.
  {
    source_matchers: ['alertname="RelayDown"', 'relay!=""'],
    target_matchers: ['alertname="ServerDown"', 'relay!=""'],
    equal: ["customer_id", "relay"],
  },
  {
    source_matchers: ['alertname="RelayDown"'],
    target_matchers: [
      'alertname=~"ServerDown|RelayAgentsMissing|SpoolGrowing|DeliveryLag"',
    ],
    equal: SERVER,
  },
  // What is for information, such as that it will be forgotten, it does not explain.
  {
    source_matchers: ['alertname="ServerDown"'],
    target_matchers: [
      'alertname!="ServerDown"',
      'scope="host"',
      'severity!="info"',
    ],
    equal: SERVER,
  },
  {
    source_matchers: ['severity="critical"', 'cause!=""'],
    target_matchers: ['severity="warning"', 'cause!=""'],
    // A gateway has two programs, and each its own spool.
    equal: [...SERVER, "cause", "mountpoint", "program"],
  },
];
