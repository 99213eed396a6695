/**
 * What Grafana reads at its start: where data come from, which dashboards there
 * are. Grafana replaces `$NAME` by its environment and `$__file{…}` by a file.
 */
import { DATA_SOURCE, FOLDER, SCRAPE_INTERVAL_S } from "./names.ts";

/** Where deploy/grafana/dashboards/ is in Grafana's container. */
const DASHBOARDS_DIR = "/etc/grafana/dashboards";

/** The data source: through vmauth, whose token decides what can be read. */
export const DATA_SOURCES = `apiVersion: 1
datasources:
  - name: VictoriaMetrics
    uid: ${DATA_SOURCE.uid}
    type: ${DATA_SOURCE.type}
    access: proxy
    url: $GRAFANA_DATASOURCE_URL
    isDefault: true
    editable: false
    jsonData:
      httpMethod: POST
      timeInterval: ${SCRAPE_INTERVAL_S}s
      manageAlerts: false
      httpHeaderName1: Authorization
    secureJsonData:
      httpHeaderValue1: Bearer $__file{/run/secrets/grafana_read_token}
`;

/** The dashboards' folder, in the language that the environment names. */
export const DASHBOARD_PROVIDERS = `apiVersion: 1
providers:
  - name: msp
    type: file
    folder: ${FOLDER.title}
    folderUid: ${FOLDER.uid}
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 30
    options:
      path: ${DASHBOARDS_DIR}/$GRAFANA_LANG
`;
