/** Names that dashboards, provisioning and links must agree on. */

/** The dashboards by their uid, which is also the file's name and the URL. */
export const DASHBOARD_UIDS = {
  overview: "msp-overview",
  customer: "msp-customer-detail",
  server: "msp-server-detail",
  sla: "msp-sla",
  relay: "msp-relay-health",
} as const;

/** A dashboard's name in the sources. */
export type DashboardName = keyof typeof DASHBOARD_UIDS;

/**
 * The data source by its uid. Uids are unique within an organization, so the
 * same dashboards work in each customer's own organization.
 */
export const DATA_SOURCE = { type: "prometheus", uid: "msp-vm" } as const;

/** The folder that all dashboards are in. */
export const FOLDER = {
  title: "MSP Monitoring",
  uid: "msp-monitoring",
} as const;

/** Time between two scrapes of an agent, which `$__rate_interval` starts from. */
export const SCRAPE_INTERVAL_S = 15;

/** Languages that dashboards are generated in. */
export const LANGUAGES = ["ko", "en"] as const;

/** One of {@linkcode LANGUAGES}. */
export type Language = typeof LANGUAGES[number];
