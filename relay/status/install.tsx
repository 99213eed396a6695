/** @jsxImportSource hono/jsx */
/** The line that installs a server from this relay, ready to copy. */
import type { Child } from "hono/jsx";
import { Fact } from "./parts.tsx";
import type { View } from "./view.ts";

/** With what downloads, in the order in which servers have it. */
const DOWNLOADS = [["curl", "curl -fsSL"], ["wget", "wget -qO-"]] as const;

/** Shown only where there is a release to install. */
export function InstallSection({ view }: { readonly view: View }): Child {
  const { status: { hasRelease }, t } = view;
  return (
    <section
      id="install"
      data-live=""
      class="card"
      aria-labelledby="install-h"
      hidden={!hasRelease}
    >
      <h2 id="install-h">{t.install}</h2>
      <p class="quiet">{t.installNote}</p>
      <dl class="facts">
        {DOWNLOADS.map(([name, download]) => (
          <Fact key={name} name={name} wide>
            <div class="copy">
              <code id={`install-${name}`}>{installLine(view, download)}</code>
              <button type="button" data-copy={`install-${name}`} hidden>
                {t.copy}
                <span role="status" hidden>{t.copied}</span>
              </button>
            </div>
          </Fact>
        ))}
      </dl>
    </section>
  );
}

/** What differs from server to server stands in capitals. */
function installLine(
  { origin, status: { about } }: View,
  download: string,
): string {
  // The installer allows these characters only, so nothing needs quotes.
  const customer = /^[a-z0-9-]+$/.test(about.customer)
    ? about.customer
    : "CUSTOMER";
  return `${download} ${origin}/install.sh | sudo sh -s -- ` +
    `--customer-id=${customer} --server-name=NAME --csp=CSP --region=REGION`;
}
